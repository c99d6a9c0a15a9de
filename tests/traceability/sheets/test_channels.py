"""The exports of 菜场, 一网通 and 山餐安: more names, what they leave out, and the channel's tag."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import time_machine

from shilian.sheets import headers
from shilian.sheets.reader import Cell, SheetRow
from tests.builders.enterprises import AT, make_operator, owner_of
from traceability.models import Purchase
from traceability.operations import intake
from traceability.sheets import channels
from traceability.sheets.base import KINDS, cells_of, find_kind

MONTH = date(2026, 11, 1)
SAID = {
    "purchased_on": "2026-11-09",
    "product_name": "白菜",
    "quantity": "20",
    "supplier_name": "北园批发商户",
}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def heading(*labels: str) -> list[SheetRow]:
    return [SheetRow(1, [Cell(label, "text") for label in labels])]


def test_every_channel_has_its_kinds():
    codes = {code for code in KINDS if channels.MARK in code}

    assert codes == {
        "purchases@market", "sales@market", "purchases@network", "sales@network",
        "purchases@canteen",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "labels", "field"),
    [
        ("purchases@market", ("进场日期", "菜品", "净重", "批发商"), "supplier_name"),
        ("purchases@network", ("收货时间", "商品全称", "实收数量", "配送商"), "quantity"),
        ("purchases@canteen", ("验收日期", "食材名称", "验收数量", "索证单位"), "product_name"),
        ("sales@network", ("配送日期", "货物名称", "实发数量", "库存单位", "门店"), "buyer_name"),
    ],
)
def test_finds_the_columns_of_an_export(code, labels, field):
    header = headers.find_header(heading(*labels), find_kind(code).columns)

    assert header.missing == ()
    assert header.indexes[field] is not None


def test_our_own_names_are_known_too():
    header = headers.find_header(
        heading("进货日期", "食品名称", "数量", "供货者名称"), find_kind("purchases@market").columns
    )

    assert header.missing == ()


@pytest.mark.parametrize(
    ("more", "unit"),
    [({}, "公斤"), ({"unit": "箱"}, "箱"), ({"quantity": "3箱"}, "箱")],
)
def test_fills_in_only_what_the_row_leaves_out(more, unit):
    line = find_kind("purchases@market").read(cells_of(SAID | more), 1, MONTH)

    assert line.values["unit"] == unit
    assert line.is_readable


@pytest.mark.django_db
def test_tags_its_records_with_the_channel():
    operator = make_operator()
    kind = find_kind("purchases@market")
    line = kind.read(cells_of(SAID), 1, MONTH)

    intake.take_in(kind, by=owner_of(operator), operator=operator, lines=[line], at=AT)

    assert Purchase.objects.get().channel == "market"


def write(folder: Path, **kinds: object) -> Path:
    path = folder / "mappings.json"
    path.write_text(json.dumps({"channels": {"market": {"name": "菜场", "kinds": kinds}}}))
    return path


def test_an_own_file_with_an_unknown_field_stops_the_start(tmp_path):
    path = write(tmp_path, purchases={"names": {"nonsense": ["甲"]}})

    with pytest.raises(ValueError, match="nonsense"):
        channels.read_mappings(path)


def test_a_name_the_channel_uses_is_nobody_elses(tmp_path):
    path = write(tmp_path, purchases={"names": {"supplier_name": ["地址"]}})
    [mapping] = channels.read_mappings(path)

    columns = {c.field: c.names for c in channels._kind(mapping).columns}

    assert "地址" in columns["supplier_name"]
    assert "地址" not in columns["supplier_address"]
