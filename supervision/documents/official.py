"""An official document (党政机关公文) as its parts, before it is set in .docx or .pdf.

Source: GB/T 9704-2012 (elements and their order); domain.md section 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

DRAFT_MARK = "代拟稿"


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 1 is 一、 in 黑体, 2 is （一） in 楷体."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """One paragraph of the body."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """``widths`` are shares of the type area; ``numeric`` the columns set to the right."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numeric: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG of its own, with what it shows in words for those who cannot see it."""

    title: str
    svg: str
    told: str
    width_mm: int = 150
    height_mm: int = 90


Block = Heading | Words | Table | Picture


@dataclass(frozen=True, slots=True)
class Annex:
    """One attachment, on a page of its own before the imprint."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class OfficialPaper:
    """Everything the document prints. An empty ``number`` or a missing date stays blank.

    No seal is part of it: the office seals the paper that it signs.
    """

    masthead: str
    number: str
    title: tuple[str, ...]
    addressee: str
    body: tuple[Block, ...]
    signed_by: str
    issued_on: date | None
    is_draft: bool
    annexes: tuple[Annex, ...] = ()
    remark: str = ""
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def date_text(self) -> str:
        """Arabic, no leading zero; blanks to be written into until it is issued."""
        return day_text(self.issued_on) if self.issued_on else "　　年　月　日"

    @property
    def imprint_text(self) -> str:
        return f"{self.date_text}印发"


def day_text(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def title_lines(text: str, widest: int = 19) -> tuple[str, ...]:
    """The title in lines of at most ``widest`` characters, the last never a scrap.

    Source: GB/T 9704-2012, 7.3.1 (broken at the sense, symmetric, trapezoid or diamond).
    """
    if len(text) <= widest:
        return (text,)
    lines = -(-len(text) // widest)
    each = -(-len(text) // lines)
    cut = max((text.rfind(mark, 4, each + 3) for mark in ("月", "的", "况")), default=-1) + 1
    cut = cut if each - 4 <= cut <= widest else each
    return (text[:cut], *title_lines(text[cut:], widest))
