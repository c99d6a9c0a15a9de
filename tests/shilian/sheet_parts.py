"""Workbooks written part by part, as no library would write them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from shilian.sheets.inside import books, wire

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    OFFICE: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
CUSTOM_FORMATS = {
    176: 'yyyy"年"m"月"d"日";@',
    177: '#,##0.00"元"',
    178: "[$-804]aaaa;@",
    179: "0.00_);[Red]\\(0.00\\)",
    180: '[DBNum1][$-804]yyyy"年"m"月"',
    181: "[h]:mm",
    182: '上午/下午h"时"mm"分"',
    183: "G/通用格式",
}
# By number of the cell style.
FORMATS = (0, 14, 31, 58, 22, 9, 176, 46, 177, 178, 179, 180, 181, 182, 183, 49)


def workbook_parts(
    *sheets: str, strings: str = "", properties: str = "", states: tuple[str, ...] = ()
) -> dict[str, str]:
    """The parts of a workbook whose sheets hold this markup inside ``sheetData``."""
    named = "".join(
        f'<sheet name="表{n}" sheetId="{n}" r:id="rId{n}"{_state(states, n)}/>'
        for n in range(1, len(sheets) + 1)
    )
    formats = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{_quoted(code)}"/>'
        for n, code in CUSTOM_FORMATS.items()
    )
    styles = "".join(f'<xf numFmtId="{number}" xfId="0"/>' for number in FORMATS)
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}'
        f"<sheets>{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relations}'
        f'<Relationship Id="rId91" Type="{OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId92" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        f"<cellXfs>{styles}</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    } | {
        f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{MAIN}">{_data(sheet)}</worksheet>'
        for n, sheet in enumerate(sheets, start=1)
    }


def _data(sheet: str) -> str:
    """The rows, and after a form feed what follows them."""
    rows, _, after = sheet.partition("\f")
    return f"<sheetData>{rows}</sheetData>{after}"


def _state(states: tuple[str, ...], number: int) -> str:
    state = states[number - 1] if number <= len(states) else ""
    return f' state="{state}"' if state else ""


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")


def strict(parts: dict[str, str]) -> dict[str, str]:
    """The same workbook as “Strict Open XML”."""
    for usual, other in STRICT.items():
        parts = {name: text.replace(usual, other) for name, text in parts.items()}
    return parts


def packed(parts: dict[str, str] | dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def put(path: Path, parts: dict[str, str] | dict[str, bytes]) -> Path:
    path.write_bytes(packed(parts))
    return path


def text_row(row_no: int, *texts: str) -> str:
    """A row of texts of its own."""
    cells = "".join(
        f'<c r="{letters(index)}{row_no}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        for index, text in enumerate(texts)
    )
    return f'<row r="{row_no}">{cells}</row>'


def letters(index: int) -> str:
    """A for 0, AA for 26."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def rows_by(reader: str, path: Path, title: str = "") -> list[wire.Row]:
    book = books.Book(path, is_careful=reader == "careful")
    return list(book.rows(title or book._offered()[0].title))


def both(path: Path) -> list[wire.Row]:
    """What both readers say; the quick one was really used."""
    book = books.Book(path)
    assert book._scan(book._offered()[0]).is_plain_written
    quick, careful = rows_by("quick", path), rows_by("careful", path)
    assert quick == careful
    return quick
