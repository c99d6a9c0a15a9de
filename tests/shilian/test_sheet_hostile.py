"""Sheets made to harm: each is refused with a sentence, or read for what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from shilian.bench import Kind, find_benchmarks
from shilian.sheets import preflight, trial
from shilian.sheets.inside import main as inside
from shilian.sheets.reader import read_sheet, stream_sheet
from shilian.sheets.refusals import SENTENCES, Refused
from tests.shilian.sheet_parts import MAIN, letters, packed, put, text_row, workbook_parts

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
HEAD = text_row(1, "名称", "数量")


def with_part(name: str, text: str | bytes) -> dict[str, bytes]:
    parts = {part: content.encode() for part, content in workbook_parts(HEAD).items()}
    return parts | {name: text if isinstance(text, bytes) else text.encode()}


def sheet_of(data: str, after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData>{after}</worksheet>'


def strings_of(items: str) -> dict[str, bytes]:
    cells = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    return with_part(STRINGS, f'<sst xmlns="{MAIN}">{items}</sst>') | {
        SHEET: sheet_of(cells).encode()
    }


def outcome(path: Path) -> str:
    """The code of the refusal, or the texts of the first row."""
    try:
        lines = stream_sheet(path)
        next(lines)
        first = next(lines)
        for _ in lines:
            pass
    except Refused as refused:
        return refused.code if refused.sentence == SENTENCES[refused.code] else "no sentence"
    return "|".join(cell.text for cell in first.cells)


LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)
WIDE_MARKUP = f'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [{LAUGHS}]>{sheet_of(HEAD)}'
LATE_MARKUP = f'<?xml version="1.0"?><!-- {"x" * 200_000} --><!DOCTYPE x []>{sheet_of(HEAD)}'

HOSTILE: dict[str, tuple[dict[str, bytes], str]] = {
    "laughs in the sheet": (with_part(SHEET, f"<!DOCTYPE x [{LAUGHS}]>{sheet_of(HEAD)}"), "workbook_suspicious"),
    "laughs in the strings": (with_part(STRINGS, f"<!DOCTYPE x [{LAUGHS}]><sst/>"), "workbook_suspicious"),
    "laughs in utf-16": (with_part(SHEET, WIDE_MARKUP.encode("utf-16")), "workbook_suspicious"),
    "wide declaration in the styles": (
        with_part("xl/styles.xml", "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x><x/>".encode("utf-16")),
        "workbook_suspicious",
    ),
    "declaration behind a long comment": (with_part(SHEET, LATE_MARKUP), "workbook_suspicious"),
    "outside entity": (
        with_part(SHEET, f'<!DOCTYPE x SYSTEM "file:///etc/passwd">{sheet_of(HEAD)}'), "workbook_suspicious"
    ),
    "unknown entity": (with_part(SHEET, sheet_of(text_row(1, "&lol;"))), "sheet_unreadable"),
    "too wide": (with_part(SHEET, sheet_of(text_row(1, *["列"] * 201))), "sheet_too_wide"),
    "16,384 columns": (with_part(SHEET, sheet_of(text_row(1, *["列"] * 16_384))), "sheet_too_wide"),
    "a cell in the far corner": (
        with_part(SHEET, sheet_of(HEAD + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')), "sheet_too_wide"
    ),
    "a cell beyond the sheet": (
        with_part(SHEET, sheet_of(HEAD + '<row r="99999999"><c r="A99999999"><v>1</v></c></row>')), "sheet_too_long"
    ),
    "a column beyond letters": (with_part(SHEET, sheet_of('<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>')), "sheet_too_wide"),
    "cells here and there": (
        with_part(SHEET, sheet_of(HEAD + "".join(
            f'<row r="{n}"><c r="{letters(n % 200)}{n}"><v>1</v></c></row>' for n in range(2, 1_000_000, 20_000)
        ))),
        "名称|数量",
    ),
    "more rows than a sheet has": (with_part(SHEET, sheet_of(HEAD + "<row/>" * 1_200_000)), "sheet_too_long"),
    "a row without end": (
        with_part(SHEET, sheet_of("<row>" + "<c><v>1</v></c>" * 300_000 + "</row>")), "sheet_too_wide"
    ),
    "rows in rows": (with_part(SHEET, sheet_of("<row>" * 50_000 + "</row>" * 50_000)), "sheet_unreadable"),
    "never closed": (with_part(SHEET, f'<worksheet xmlns="{MAIN}"><sheetData>{HEAD}'), "sheet_unreadable"),
    "no rows at all": (with_part(SHEET, sheet_of("")), "sheet_empty"),
    "no such string": (
        with_part(SHEET, sheet_of('<row r="1"><c r="A1" t="s"><v>7</v></c></row>')), "sheet_unreadable"
    ),
    "negative string": (
        with_part(SHEET, sheet_of('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>')), "sheet_unreadable"
    ),
    "one long string": (strings_of(f"<si><t>{'长' * 400_000}</t></si>"), "长" * 4000),
    "pieces without end": (strings_of("<si>" + "<r><t>片</t></r>" * 3000 + "</si>"), "片" * 3000),
    "no sheets": (with_part("xl/workbook.xml", f'<workbook xmlns="{MAIN}"><sheets/></workbook>'), "sheet_unreadable"),
    "the sheet is elsewhere": (
        with_part("xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="rId1" Type="x/worksheet"'
                  ' TargetMode="External" Target="http://127.0.0.1/a.xml"/></Relationships>'),
        "sheet_unreadable",
    ),
    "the sheet is missing": (
        with_part("xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="rId1" Type="x/worksheet"'
                  ' Target="../../../etc/passwd"/></Relationships>'),
        "workbook_damaged",
    ),
    "empty parts": (dict.fromkeys(workbook_parts(HEAD), b""), "sheet_unreadable"),
    "half a character": (with_part(SHEET, sheet_of('<row r="1"><c r="A1" t="str"><v>x</v></c></row>').encode()
                                   .replace(b">x<", b">\xed\xa0\x80<")), "sheet_unreadable"),
    "a zero": (with_part(SHEET, sheet_of(text_row(1, "a\x00b"))), "ab"),
    "a zero by number": (with_part(SHEET, sheet_of(text_row(1, "a&#0;b"))), "sheet_unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_or_read(tmp_path: Path, name: str) -> None:
    parts, expected = HOSTILE[name]

    assert outcome(put(tmp_path / "a.xlsx", parts)) == expected


def test_one_long_string_named_by_every_cell_is_no_flood(tmp_path: Path) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 3001))
    parts = strings_of(f"<si><t>{'长' * 400_000}</t></si>") | {SHEET: sheet_of(cells).encode()}

    sheet = read_sheet(put(tmp_path / "a.xlsx", parts))

    assert len(sheet.rows) == 3000
    assert {len(row.cells[0].text) for row in sheet.rows} == {4000}


def test_a_bomb_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "MAX_INFLATED_BYTES", 4 << 20)
    path = put(tmp_path / "a.xlsx", with_part("xl/media/bomb.bin", b"\0" * (5 << 20)))

    assert path.stat().st_size < 20_000
    assert outcome(path) == "workbook_inflates"


def test_a_long_honest_workbook_may_inflate_by_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "MAX_INFLATED_BYTES", 100_000)
    lines = [text_row(number, f"{number * 7919 % 999983}") for number in range(1, 5_000)]
    path = put(tmp_path / "a.xlsx", workbook_parts("".join(lines)))

    size = path.stat().st_size
    assert preflight.most_inflated(size) == size * preflight.HONEST_RATIO > 100_000
    assert outcome(path) == "7919"


def test_the_longest_workbook_is_limited_too() -> None:
    longest = preflight.most_inflated(preflight.MAX_WORKBOOK_BYTES)

    assert longest == preflight.MAX_LONG_INFLATED_BYTES
    assert longest <= inside.MAX_MEGABYTES * 1_000_000


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "=cmd|'/c calc'!A1", "\t=1", '=HYPERLINK("x")']
)
def test_what_would_run_in_a_spreadsheet_comes_back_as_text(tmp_path: Path, text: str) -> None:
    quoted = text.replace('"', "&quot;")
    path = put(tmp_path / "a.xlsx", workbook_parts(text_row(1, quoted)))

    assert [(c.kind, c.text) for c in read_sheet(path).rows[0].cells] == [("text", text)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'""\n"",""\n', "sheet_empty"),
        (b'a,"' + b"x" * 1_100_000, "text_unreadable"),
        (b"a," * 300 + b"b\n", "sheet_too_wide"),
        (b"," * 100_000 + b"\na,b\n", "a|b"),
        (b"\n" * 200_000 + b"a,b\n", "a|b"),
        (b"\xef\xbb\xbf\xef\xbb\xbfa,b\n", "\ufeffa|b"),
        (b"a,\x1fb\x01c,\x1dd\n", "a| b\x01c|\nd"),
        (b"a,\x01n5,\x01?x\n", "a|5|x"),
        (b"a,b\r\rc,d\n\r", "a|b"),
        ("\U0001f34e,\ue000,𠮷野家\n".encode("gb18030"), "\U0001f34e|\ue000|𠮷野家"),
        (b"{\"end\": 1}\n", '{"end": 1}'),
        ("日期,名称".encode("utf-16-be"), "file_type_unknown"),
        ("\ufeff日期,名称".encode("utf-16-be"), "日期|名称"),
        (b"\xff\xfea", "text_unreadable"),
    ],
)  # fmt: skip
def test_a_hostile_text_is_refused_or_read(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert outcome(path) == expected


def test_a_link_out_of_the_folder_is_never_followed(tmp_path: Path) -> None:
    parts = with_part("xl/externalLinks/_rels/externalLink1.xml.rels", "<Relationships/>")
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed(parts))

    assert outcome(path) == "名称|数量"


def test_spoilt_sheets_break_nothing() -> None:
    metrics = trial.measure(24)

    assert (metrics["mutants"], metrics["errors"], metrics["first_error"]) == (24, 0, "")
    assert metrics["read"] + metrics["refused"] == 24


def test_the_trial_of_spoilt_sheets_is_registered() -> None:
    assert "workbooks" in [found.name for found in find_benchmarks(Kind.CHAOS)]
