"""What an official .docx needs and the library has no word for: grid, rules, frames, fixed bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import _Footer
from docx.shape import InlineShape
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run

# The bureau's PC has these; where it has not, the program takes its nearest.
FACES = {
    "fangsong": "仿宋_GB2312",
    "kai": "楷体_GB2312",
    "hei": "黑体",
    "song": "宋体",
    "title": "方正小标宋简体",
}
RED = RGBColor(0xD7, 0x00, 0x0F)
PITCH_PT = 28.95
TYPE_WIDTH_MM, CHARACTERS = 156, 28
CHARACTER_PT = TYPE_WIDTH_MM / 25.4 * 72 / CHARACTERS
# Twentieths of a point between lines; 4096ths of a point between characters of 16 pt.
GRID_PITCH, GRID_SPACE = "579", "-844"


def set_paper(document: Document) -> None:
    """A4 with the standard's margins and grid, page numbers outside at odd and even pages."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(23)
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    grid = _element("w:docGrid", type="linesAndChars", linePitch=GRID_PITCH, charSpace=GRID_SPACE)
    section._sectPr.append(grid)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, ALIGN.RIGHT)
    _page_number(section.even_page_footer, ALIGN.LEFT)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(16)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FACES["fangsong"])
    normal.paragraph_format.space_after = Pt(0)


def set_properties(document: Document, title: str, author: str) -> None:
    told = document.core_properties
    told.title, told.author, told.last_modified_by = title, author, author
    told.comments, told.language = "", "zh-CN"


def put_run(
    paragraph: Paragraph, text: str, face: str, size: float, *, colour: RGBColor | None = None
) -> Run:
    """The text in the face, which both halves of the font table name."""
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), face
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    if colour is not None:
        run.font.color.rgb = colour
    return run


def set_pitch(paragraph: Paragraph, pitch_pt: float) -> None:
    """Lines exactly that far apart, nothing between paragraphs."""
    told = paragraph.paragraph_format
    told.line_spacing_rule, told.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(pitch_pt)
    told.space_before = told.space_after = Pt(0)


def rule_below(paragraph: Paragraph, *, colour: str, eighths: int, space_pt: int) -> None:
    _borders(paragraph, bottom=(colour, eighths, space_pt))


def put_at_foot(paragraph: Paragraph, *, indent_pt: float) -> None:
    """Frame the paragraph at the foot of its page between two thick rules."""
    width = round(TYPE_WIDTH_MM / 25.4 * 1440)
    frame = _element(
        "w:framePr", w=str(width), hRule="auto", wrap="notBeside", vAnchor="margin",
        hAnchor="margin", xAlign="center", yAlign="bottom",
    )  # fmt: skip
    paragraph._p.get_or_add_pPr().insert(0, frame)
    _borders(paragraph, top=("000000", 8, 4), bottom=("000000", 8, 4))
    told = paragraph.paragraph_format
    told.left_indent = told.right_indent = Pt(indent_pt)
    told.tab_stops.add_tab_stop(Mm(TYPE_WIDTH_MM) - Pt(indent_pt), WD_TAB_ALIGNMENT.RIGHT)


def set_table(table: Table, widths: Sequence[float]) -> None:
    """Columns by their shares of the type area; three rules, hair lines between the rows."""
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    share = TYPE_WIDTH_MM / sum(widths)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width * share)
    borders = _element("w:tblBorders")
    for side, size in (("top", "8"), ("bottom", "8"), ("insideH", "2")):
        borders.append(_element(f"w:{side}", val="single", sz=size, space="0", color="444444"))
    # Word wants the properties in the order of its schema.
    later = ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    table._tbl.tblPr.insert_element_before(borders, *later)
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w="40", type="dxa"))
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def put_row(
    table: Table,
    cells: Sequence[str],
    face: str,
    size: float,
    *,
    numeric: frozenset[int],
    is_head: bool,
) -> None:
    """One row; a head row is repeated on every page, and no row is torn between two.

    Written as XML at once: by the library's own cells a table of 136 rows takes seconds.
    """
    columns = [grid.get(qn("w:w")) for grid in table._tbl.tblGrid]
    head = "<w:tblHeader/>" if is_head else ""
    parts = [
        _cell(text, width, face, size, "center" if is_head else _side(place in numeric))
        for place, (text, width) in enumerate(zip(cells, columns, strict=True))
    ]
    row = f"<w:tr {nsdecls('w')}><w:trPr><w:cantSplit/>{head}</w:trPr>{''.join(parts)}</w:tr>"
    table._tbl.append(parse_xml(row))


def _side(is_number: bool) -> str:
    return "right" if is_number else "left"


def _cell(text: str, width: str, face: str, size: float, side: str) -> str:
    """Small print stands closer than the grid of the body."""
    half_points = round(size * 2)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        '<w:p><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="40" w:after="40"/>'
        f'<w:jc w:val="{side}"/></w:pPr><w:r><w:rPr>'
        f'<w:rFonts w:ascii="{face}" w:hAnsi="{face}" w:eastAsia="{face}"/>'
        f'<w:sz w:val="{half_points}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )


def describe_picture(shape: InlineShape, title: str, told: str) -> None:
    """What readers with aids hear."""
    shape._inline.docPr.set("title", title)
    shape._inline.docPr.set("descr", told or title)


def _page_number(footer: _Footer, side: ALIGN) -> None:
    """— 1 —, one character in from the outer edge, in 14 pt 宋体."""
    paragraph = footer.paragraphs[0]
    paragraph.alignment = side
    told = paragraph.paragraph_format
    told.left_indent = told.right_indent = Pt(14)
    put_run(paragraph, "— ", FACES["song"], 14)
    run = put_run(paragraph, "", FACES["song"], 14)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            run._r.append(_element("w:fldChar", fldCharType=kind))
        else:
            instruction = OxmlElement("w:instrText")
            instruction.text = text
            run._r.append(instruction)
    put_run(paragraph, " —", FACES["song"], 14)


def _borders(paragraph: Paragraph, **sides: tuple[str, int, int]) -> None:
    """Colour, eighths of a point, and points from the text, by side."""
    borders = _element("w:pBdr")
    for side, (colour, eighths, space) in sides.items():
        rule = _element(f"w:{side}", val="single", sz=str(eighths), space=str(space), color=colour)
        borders.append(rule)
    told = paragraph._p.get_or_add_pPr()
    told.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:snapToGrid", "w:spacing", "w:ind",
        "w:jc", "w:rPr",
    )  # fmt: skip


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made
