"""An official document as .docx: it names the bureau's fonts, so that its own PC sets it.

Source: GB/T 9704-2012; domain.md section 7. The same document always has the same bytes.
"""

from __future__ import annotations

from io import BytesIO

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from supervision.documents import docx_parts as parts
from supervision.documents.docx_parts import CHARACTER_PT, FACES, PITCH_PT, RED
from supervision.documents.fixed_archive import with_fixed_dates
from supervision.documents.official import (
    DRAFT_MARK,
    Annex,
    Block,
    Heading,
    OfficialPaper,
    Picture,
    Table,
    Words,
)
from supervision.documents.official_pdf import png_of

BODY_PT, TITLE_PT, SMALL_PT, TABLE_PT, NOTE_PT = 16, 22, 14, 10.5, 9.5
MASTHEAD_TOP_MM, MASTHEAD_WIDTH_MM, LARGEST_PT = 35, 152, 48
BLANK = "　"


def write_docx(paper: OfficialPaper) -> bytes:
    """The document, without a date or author of its own making."""
    document = docx.Document()
    parts.set_paper(document)
    parts.set_properties(document, "".join(paper.title), paper.signed_by)
    _write_head(document, paper)
    _write_title(document, paper)
    _write_blocks(document, paper.body)
    _kept(document.paragraphs[-1])
    _write_annex_list(document, paper.annexes)
    _write_signature(document, paper)
    for number, annex in enumerate(paper.annexes, start=1):
        _write_annex(document, annex, number if len(paper.annexes) > 1 else 0)
    _write_imprint(document, paper)
    stream = BytesIO()
    document.save(stream)
    return with_fixed_dates(stream.getvalue())


def _line(
    document: Document, text: str, *, face: str = "fangsong", size: float = BODY_PT
) -> Paragraph:
    """One paragraph flush left, on the grid."""
    paragraph = document.add_paragraph()
    parts.set_pitch(paragraph, PITCH_PT)
    parts.put_run(paragraph, text, FACES[face], size)
    return paragraph


def _write_head(document: Document, paper: OfficialPaper) -> None:
    """版头: the mark of a draft, the red name, the number above the red rule."""
    _line(document, DRAFT_MARK if paper.is_draft else BLANK, face="hei")
    fitting = MASTHEAD_WIDTH_MM / 25.4 * 72 / len(paper.masthead)
    size = min(LARGEST_PT, int(fitting))
    masthead = document.add_paragraph()
    # Lines of this size would else be rounded up to whole lines of the grid.
    parts.set_pitch(masthead, round(size * 1.15))
    masthead.alignment = ALIGN.CENTER
    masthead.paragraph_format.space_before = Mm(MASTHEAD_TOP_MM) - Pt(PITCH_PT)
    masthead.paragraph_format.space_after = Pt(2 * PITCH_PT)
    parts.put_run(masthead, paper.masthead, FACES["title"], size, colour=RED)
    number = _line(document, paper.number or BLANK)
    number.alignment = ALIGN.CENTER
    parts.rule_below(number, colour=str(RED), eighths=12, space_pt=11)


def _write_title(document: Document, paper: OfficialPaper) -> None:
    _line(document, "")
    _line(document, "")
    title = document.add_paragraph()
    title.alignment = ALIGN.CENTER
    parts.set_pitch(title, 35)
    for place, line in enumerate(paper.title):
        run = parts.put_run(title, line, FACES["title"], TITLE_PT)
        if place < len(paper.title) - 1:
            run.add_break()
    if paper.remark:
        _line(document, paper.remark, face="kai").alignment = ALIGN.CENTER
    _line(document, "")
    _line(document, paper.addressee)


def _write_blocks(document: Document, blocks: tuple[Block, ...]) -> None:
    for block in blocks:
        if isinstance(block, Heading):
            heading = _indented(document, block.text, face="hei" if block.level == 1 else "kai")
            heading.paragraph_format.keep_with_next = True
        elif isinstance(block, Words):
            _indented(document, block.text)
        elif isinstance(block, Table):
            _write_table(document, block)
        else:
            _write_picture(document, block)


def _indented(document: Document, text: str, *, face: str = "fangsong") -> Paragraph:
    paragraph = _line(document, text, face=face)
    paragraph.alignment = ALIGN.JUSTIFY
    paragraph.paragraph_format.first_line_indent = Pt(2 * CHARACTER_PT)
    return paragraph


def _caption(document: Document, text: str) -> Paragraph:
    caption = document.add_paragraph()
    caption.alignment = ALIGN.CENTER
    caption.paragraph_format.space_before = caption.paragraph_format.space_after = Pt(5)
    parts.put_run(caption, text, FACES["hei"], 12)
    return caption


def _write_table(document: Document, block: Table) -> None:
    if block.title:
        _caption(document, block.title).paragraph_format.keep_with_next = True
    table = document.add_table(rows=0, cols=len(block.head))
    parts.set_table(table, block.widths)
    for row, cells in enumerate((block.head, *block.rows)):
        parts.put_row(
            table,
            cells,
            FACES["hei"] if row == 0 else FACES["fangsong"],
            TABLE_PT,
            numeric=block.numeric if row else frozenset(),
            is_head=row == 0,
        )
    note = document.add_paragraph()
    note.paragraph_format.space_after = Pt(8)
    parts.put_run(note, block.note, FACES["fangsong"], NOTE_PT)


def _write_picture(document: Document, block: Picture) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = ALIGN.CENTER
    paragraph.paragraph_format.keep_with_next = True
    pixels = BytesIO(png_of(block.svg, block.width_mm, block.height_mm))
    shown = paragraph.add_run().add_picture(pixels, width=Mm(block.width_mm))
    parts.describe_picture(shown, block.title, block.told)
    _caption(document, block.title)


def _write_annex_list(document: Document, annexes: tuple[Annex, ...]) -> None:
    """附件说明: a line below the body, two characters in, no full stop."""
    if annexes:
        _kept(_line(document, ""))
    for number, annex in enumerate(annexes, start=1):
        lead = "附件：" if number == 1 else BLANK * 3
        _kept(_line(document, f"{BLANK * 2}{lead}{number}. {annex.title}"))


def _kept(paragraph: Paragraph) -> None:
    """Leave it on the page of what follows: no page bears the signature alone."""
    paragraph.paragraph_format.keep_with_next = True


def _write_signature(document: Document, paper: OfficialPaper) -> None:
    """落款 without a seal: two characters in from the right, the date two after the name."""
    wide = max(len(paper.signed_by), len(paper.date_text) / 2 + 3)
    left = Pt((28 - 2 - wide) * CHARACTER_PT)
    _kept(_line(document, ""))
    for text, further in ((paper.signed_by, 0), (paper.date_text, 2)):
        line = _line(document, text)
        line.paragraph_format.left_indent = left + Pt(further * CHARACTER_PT)
        line.paragraph_format.keep_with_next = further == 0


def _write_annex(document: Document, annex: Annex, number: int) -> None:
    first = _line(document, f"附件{number or ''}", face="hei")
    first.paragraph_format.page_break_before = True
    _line(document, "")
    title = document.add_paragraph()
    title.alignment = ALIGN.CENTER
    title.paragraph_format.space_after = Pt(8)
    parts.put_run(title, annex.title, FACES["title"], TITLE_PT)
    _write_blocks(document, annex.blocks)


def _write_imprint(document: Document, paper: OfficialPaper) -> None:
    """版记 at the foot of the last page between two thick rules."""
    imprint = document.add_paragraph()
    parts.put_run(imprint, f"{paper.signed_by}\t{paper.imprint_text}", FACES["fangsong"], SMALL_PT)
    parts.put_at_foot(imprint, indent_pt=SMALL_PT)
