"""The month's bulletin as an official document, from its frozen figures and its wording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supervision.documents import bulletin_problems, bulletin_tables
from supervision.documents import bulletin_words as words
from supervision.documents.bulletin_words import RANKED
from supervision.documents.official import (
    Annex,
    Block,
    Heading,
    OfficialPaper,
    Words,
    title_lines,
)
from supervision.models import Bulletin
from supervision.rules.bulletins import addressee, issuer
from supervision.rules.months import month_text

Figures = Mapping[str, Any]
PROBLEMS, REQUIREMENTS = "problems", "requirements"


def paper_of(bulletin: Bulletin) -> OfficialPaper:
    """The document as it stands: a draft until the office has numbered and issued it."""
    figures: Figures = bulletin.figures
    area = words.area_of(figures)
    signed_by = issuer(area["name"], area["level"])
    return OfficialPaper(
        masthead=f"{signed_by}文件",
        number=bulletin.number,
        title=title_lines(title_of(bulletin)),
        addressee=addressee(area["level"]),
        body=tuple(_body(figures, bulletin)),
        signed_by=signed_by,
        issued_on=bulletin.issued_on,
        is_draft=bulletin.is_draft,
        annexes=tuple(_annexes(figures)),
        remark=f"（第{bulletin.revision}版，更正）" if bulletin.revision > 1 else "",
    )


def title_of(bulletin: Bulletin) -> str:
    month, place = month_text(bulletin.month), words.place(bulletin.figures)
    kind = "的更正通报" if bulletin.revision > 1 else "的通报"
    return f"关于{month}{place}食品安全追溯工作情况{kind}"


def file_name(bulletin: Bulletin) -> str:
    """What the downloads are called, without their endings."""
    state = "（代拟稿）" if bulletin.is_draft else ""
    return f"{title_of(bulletin)}（第{bulletin.revision}版）{state}"


def paragraphs(bulletin: Bulletin, part: str) -> list[str]:
    """存在的问题 or 下一步要求: as somebody wrote them, or as drafted from the figures."""
    written = bulletin.wording.get(part, "")
    if written:
        return [line.strip() for line in written.splitlines() if line.strip()]
    return drafted(bulletin, part)


def drafted(bulletin: Bulletin, part: str) -> list[str]:
    """The part's paragraphs as the figures have them."""
    parts = {PROBLEMS: bulletin_problems.problems, REQUIREMENTS: bulletin_problems.requirements}
    return parts[part](bulletin.figures)


def _body(figures: Figures, bulletin: Bulletin) -> list[Block]:
    blocks: list[Block] = [Words(words.opening(figures))]
    if bulletin.reason:
        blocks.append(Words(f"本版为更正版，更正原因：{bulletin.reason}。"))
    blocks += _whole(figures)
    blocks += _divisions(figures)
    blocks += _numbered("三、存在的问题", paragraphs(bulletin, PROBLEMS))
    blocks += _numbered("四、下一步要求", paragraphs(bulletin, REQUIREMENTS))
    return [*blocks, Words("特此通报。")]


def _whole(figures: Figures) -> list[Block]:
    return [
        Heading(1, "一、总体情况"),
        *_said(words.scale(figures), words.four_sentences(figures)),
        bulletin_tables.indicators_table(figures),
        *_said(words.sectors_sentence(figures), figures["note"] or ""),
    ]


def _divisions(figures: Figures) -> list[Block]:
    first, second = words.names_of_levels(figures)
    pictures = (bulletin_tables.activity_chart(figures), bulletin_tables.activity_map(figures))
    blocks: list[Block] = [
        Heading(1, f"二、各{first}情况"),
        Heading(2, "（一）指标排名"),
        *_said(*(words.best_and_worst(figures, code) for code in RANKED)),
        *(each for each in pictures if each),
        Heading(2, "（二）对照各自目标"),
        *_said(*(words.target_sentence(figures, code) for code in RANKED)),
        *_said(words.demonstration_sentence(figures), words.change_sentence(figures)),
    ]
    table = bulletin_tables.best_and_worst_table(figures, f"表2　上链活跃度靠前和靠后的{second}")
    if table:
        blocks += [Heading(2, f"（三）{second}情况"), table]
    return blocks


def _numbered(heading: str, paragraphs_of: list[str]) -> list[Block]:
    numbers = "一二三四五六七八九十"
    if len(paragraphs_of) > len(numbers):
        return [Heading(1, heading), *_said(*paragraphs_of)]
    return [
        Heading(1, heading),
        *(
            Words(f"（{number}）{text}")
            for number, text in zip(numbers, paragraphs_of, strict=False)
        ),
    ]


def _said(*texts: str) -> list[Block]:
    return [Words(text) for text in texts if text]


def _annexes(figures: Figures) -> list[Annex]:
    first, second = words.names_of_levels(figures)
    annexes = [_ranking(f"各{first}四项指标情况", words.first_rows(figures), {})]
    if rows := words.second_rows(figures):
        above = {row["code"]: row["name"] for row in words.first_rows(figures)}
        annexes.append(_ranking(f"各{second}四项指标情况", rows, above))
    formulas: tuple[Block, ...] = (
        bulletin_tables.formulas_table(figures),
        bulletin_tables.parameters_table(figures),
    )
    return [*annexes, Annex("指标口径", formulas)]


def _ranking(title: str, rows: Any, above: Mapping[str, str]) -> Annex:
    return Annex(title, (bulletin_tables.ranking_table("", rows, above),))
