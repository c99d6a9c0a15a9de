"""The quick reader: rows written in every way are read as the careful reader reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from shilian.sheets.inside import books
from shilian.sheets.reader import read_sheet
from shilian.sheets.refusals import Refused
from tests.shilian.sheet_parts import both, put, text_row, workbook_parts

# What programs write now and then, beside the usual ways.
ODD_ROWS = (
    '<row r="2"><c r="A2" t="inlineStr"><is><t>&#33457;&#0060;&#29983;&#00038;&#27833;</t></is></c></row>',
    '<row r="2"><c r="A2" t="inlineStr"><is><t>&#33457;&#29983;</t></is></c><c r="B2"><v>1</v></c></row>',
    '<row r="2" spans="1:3" x14ac:dyDescent="0.25"><c r="A2" t="str"><f>B2&amp;"x"</f><v>甲x</v></c></row>',
    '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="C2"><f>SUM(A:A)</f></c></row>',
    '<row r="2"><c r="A2"><f t="shared" si="0"/><v>3</v></c><c r="B2" t="str"><f>A1</f><v/></c></row>',
    '<row r="2" ht="20"/><row r="3"><c r="B3"><v>4</v></c></row>',
    "<row><c><v>5</v></c><c/><c><v>6</v></c></row>",
    '<row r="2"> <c r="A2" t="n"><v>7</v></c>\n<c r="B2" s="1"/></row>',
    '<row r="2"><c r="A2" t="inlineStr"><is><r><t>富</t></r><r><t xml:space="preserve"> 强 </t></r></is></c></row>',
    '<row r="2"><c r="A2" t="inlineStr"><is><t>&lt;&#29976;&#x7518;&gt;_x000D_\r\n乙</t></is></c></row>',
    '<row r="2"><c r="A2" t="inlineStr"><is><t/></is></c><c r="B2" t="b"><v>1</v></c></row>',
    '<row r="2"><c r="A2" cm="1"><f t="array" ref="A2">X</f><v>8</v></c></row>',
    '<row r="2"><c r="A2" t="s"><v></v></c><c r="B2"><v></v></c><c r="C2"><v>1</v></c></row>',
    "<row r=\"2\"><c r='A2'><v>9</v></c></row>",
    '<row r="2"><c r="C2"><v>1</v></c><c r="A2"><v>2</v></c></row>',
)


@pytest.mark.parametrize("row", ODD_ROWS)
def test_rows_written_in_other_ways_are_read_alike(tmp_path: Path, row: str) -> None:
    # Twice, for the second is read as one written like the first.
    parts = workbook_parts(text_row(1, "品名", "数量") + row * 2 + text_row(9, "末行"))
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet.replace(
        "<worksheet ", '<worksheet xmlns:x14ac="urn:x" ', 1
    )

    rows = both(put(tmp_path / "a.xlsx", parts))

    assert rows[-1] == (9, ["末行"])


def test_a_sheet_in_another_encoding_is_left_to_the_careful_reader(tmp_path: Path) -> None:
    parts = workbook_parts(text_row(1, "品名"))
    path = put(tmp_path / "a.xlsx", parts)
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>' + parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = declared
    book = books.Book(put(tmp_path / "b.xlsx", parts))

    assert books.Book(path)._scan(book._offered()[0]).is_plain_written
    assert not book._scan(book._offered()[0]).is_plain_written


def test_a_sheet_that_breaks_off_is_refused(tmp_path: Path) -> None:
    parts = workbook_parts(text_row(1, "品名"))
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet[: sheet.index("</sheetData>")]

    with pytest.raises(Refused, match="sheet_unreadable"):
        read_sheet(put(tmp_path / "a.xlsx", parts))
