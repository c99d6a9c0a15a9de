"""A long sheet's rows put together from memory say what reading each in full says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shilian.sheets.rows import UNIT, rows_of
from traceability.operations.import_table import Table, unit_in_heading
from traceability.sheets.base import find_kind
from traceability.sheets.purchases import COLUMNS, EXAMPLE
from traceability.sheets.quick import quick_items

MONTH = date(2026, 11, 1)
# As the reading process writes them: \x01n a number, d a day, e an error, f a formula without result.
CELLS: dict[str, list[str]] = {
    "purchased_on": [
        "2026-11-03",
        "\x01d2026-11-04",
        "11月5日",
        "昨天",
        "",
        "进货日期",
        "\x01n46000",
    ],
    "product_name": ["特一粉", " 花生 油 ", "", "食品名称", "合计", "油" * 90, "\x01e#N/A"],
    "specification": ["25kg/袋", "２５ｋｇ", "", "\x01n500"],
    "quantity": ["10", "\x01n12.5", "3箱", "若干", "-2", "", "数量", "\x01f=A1*2", "\x01m1\x01n5"],
    "unit": ["袋", "公斤", "", "斤"],
    "origin_place": ["山东济南", ""],
    "produced_on_or_batch": ["", "", "2026-10-20", "L77"],
    "produced_on": ["2026-10-01", "", "\x01d2026-10-02", "不详"],
    "batch_number": [
        "L0001",
        "",
        "l-2",
        "a1e5",
        "n/a",
        "nil",
        "x",
        "批 3",
        "\x01n20261001",
        "1.23E+15",
        "L" * 70,
    ],
    "shelf_life": ["12个月", "", "很久", "\x01n12", "１８"],
    "supplier_name": ["泉润粮油店", "", "供货者名称", "泉润粮油店 ", "\x01m1泉润粮油店"],
    "supplier_code": ["", "91370100MA3C1234XX", "\x01n9.1370102E+17"],
    "supplier_phone": ["13900000000", "", "139", "\x01n13900000000"],
    "gtin": ["", "6901234567892", "6901234567890"],
    "test_result": ["", "合格", "不合格"],
    "voucher_number": ["PJ0001", "", "１２３", "PJ\x1d2"],
}
FIELDS = list(CELLS)
TITLES = {column.field: column.title for column in COLUMNS}


def table(labels: list[str], indexes: dict[str, int]) -> Table:
    layout = {"indexes": indexes, "labels": labels, "header_row_no": 1}
    return Table(find_kind("purchases"), layout, MONTH, iter(()))


def said_by(line: Any) -> tuple[Any, ...]:
    return line.row_no, line.raw, line.values, line.problems, line.is_record


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in CELLS.items()}),
        min_size=1,
        max_size=12,
    ),
    columns=st.permutations(FIELDS),
    heading=st.sampled_from(["数量", "数量(公斤)"]),
    life=st.sampled_from(["保质期", "保质期（月）"]),
)
def test_memory_says_what_reading_says(
    rows: list[dict[str, str]], columns: list[str], heading: str, life: str
) -> None:
    own = TITLES | {"quantity": heading, "shelf_life": life}
    labels = [own[name] for name in columns]
    of_file = table(labels, {name: place for place, name in enumerate(columns)})
    wire = [
        f"{number}{UNIT}{UNIT.join(row[name] for name in columns).rstrip(UNIT)}\n"
        for number, row in enumerate(rows * 2, start=2)
    ]

    for row in rows_of(wire):
        assert said_by(of_file.line(row)) == said_by(of_file.read_in_full(row))


@pytest.mark.parametrize("missing", ["unit", "produced_on", "specification"])
def test_sheets_without_a_column_are_read_alike(missing: str) -> None:
    columns = [name for name in EXAMPLE if name != missing]
    of_file = table(
        [TITLES[name] for name in columns], {name: place for place, name in enumerate(columns)}
    )
    good = EXAMPLE | {"product_name": "花生油", "quantity": "3箱", "batch_number": "L7"}
    for said in (EXAMPLE, good):
        [row] = rows_of([f"9{UNIT}{UNIT.join(said[name] for name in columns)}\n"])

        assert said_by(of_file.line(row)) == said_by(of_file.read_in_full(row))


@pytest.mark.parametrize(
    "code",
    ["L1", "l-2", "N/A", "n/a", "nil", "ditto", "同上", "-", "1e5", "1.23e+15", "o12", "Ｌ１"],
)
def test_codes_mean_alike_in_rows_in_which_all_else_is_plain(code: str) -> None:
    columns = list(EXAMPLE)
    of_file = table(
        [TITLES[name] for name in columns], {name: place for place, name in enumerate(columns)}
    )
    said = EXAMPLE | {"product_name": "花生油", "batch_number": code}
    [row] = rows_of([f"9{UNIT}{UNIT.join(said[name] for name in columns)}\n"])
    item, in_full = of_file.line(row), of_file.read_in_full(row)
    by_name = quick_items("purchases", MONTH)
    assert by_name is not None
    of_door = by_name.line(said, 9)

    assert said_by(item) == said_by(in_full)
    assert of_door is None or of_door.values == in_full.values


def test_usual_rows_share_what_they_say_alike() -> None:
    columns = list(EXAMPLE)
    of_file = table(
        [TITLES[name] for name in columns], {name: place for place, name in enumerate(columns)}
    )
    said = [
        EXAMPLE | {"product_name": "花生油", "batch_number": batch, "quantity": quantity}
        for batch, quantity in (("L1", "1"), ("L2", "2"))
    ]
    lines = [
        of_file.line(row)
        for row in rows_of(
            f"{number}{UNIT}{UNIT.join(row[name] for name in columns)}\n"
            for number, row in enumerate(said)
        )
    ]

    assert lines[0].alike is not None
    assert lines[0].alike is lines[1].alike


@pytest.mark.parametrize(
    ("heading", "said", "life"),
    [
        ("保质期（月）", "\x01n12", (12, "month")),
        ("保质期(个月)", "18", (18, "month")),
        ("保质期(天)", "１８０", (180, "day")),
        ("保质期/日", "7", (7, "day")),
        ("保质期（单位：年）", "\x01n2", (2, "year")),
        ("保质期(小时)", "48", (2, "day")),
        # What the cell says itself counts.
        ("保质期（月）", "180天", (180, "day")),
        # Which of the two, or none at all: nothing is guessed.
        ("保质期(月/天)", "12", None),
        ("保质期(必填)", "12", None),
        ("保质期（月）", "长期", None),
        ("保质期（月）", "12.5", None),
    ],
)
def test_the_unit_of_the_shelf_life_in_its_heading(
    heading: str, said: str, life: tuple[int, str] | None
) -> None:
    labels = ["进货日期", "食品名称", "数量", "单位", "供货者名称", heading]
    fields = ("purchased_on", "product_name", "quantity", "unit", "supplier_name", "shelf_life")
    of_file = table(labels, {name: place for place, name in enumerate(fields)})
    cells = ["2026-11-03", "面包", "5", "袋", "泉润粮油店", said]
    [row] = rows_of([f"2{UNIT}{UNIT.join(cells)}\n"])

    line = of_file.line(row)

    assert line.values.get("shelf_life") == life
    assert line.raw[heading] == said.removeprefix("\x01n")
    assert [problem.code for problem in line.problems] == ([] if life else ["shelf_life_unclear"])


@pytest.mark.parametrize(
    ("heading", "unit"),
    [("数量（单位：公斤）", "公斤"), ("数量(公斤)", "公斤"), ("数量/箱", "箱"), ("数量(必填)", "")],
)
def test_the_unit_of_the_quantity_in_its_heading(heading: str, unit: str) -> None:
    assert unit_in_heading([heading], {"quantity": 0}) == unit


def test_the_unit_of_a_size_is_left_in_its_heading() -> None:
    labels = ["进货日期", "食品名称", "数量", "单位", "供货者名称", "规格(公斤/袋)"]
    fields = ("purchased_on", "product_name", "quantity", "unit", "supplier_name", "specification")
    of_file = table(labels, {name: place for place, name in enumerate(fields)})
    [row] = rows_of([f"2{UNIT}{UNIT.join(['2026-11-03', '米', '5', '袋', '甲店', '25'])}\n"])

    assert of_file.line(row).values["specification"] == "25"
