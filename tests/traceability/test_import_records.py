"""``manage.py import_records``: one JSON object for every kind of sheet and every way it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder

from enterprises.models import ImportSession, Operator
from tests.builders.enterprises import AT, credit_code, make_county, make_operator
from tests.builders.traceability import TODAY
from traceability.models import Product, Purchase

pytestmark = pytest.mark.django_db
HEAD = "进货日期,食品名称,规格,数量,单位,生产批号,保质期,供货者名称,商品条码"
GOOD = f"{TODAY:%Y-%m-%d},花生油,5升/桶,１２.５０,桶,007,12个月,盛禾批发,6901234567892"


@pytest.fixture(autouse=True)
def _place_and_day(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.FILES_DIR = tmp_path / "files"
    with time_machine.travel(AT, tick=False):
        yield


def run(
    path: Path,
    *rows: str,
    capsys: pytest.CaptureFixture[str],
    sheet: str = "purchases",
    **more: Any,
) -> dict[str, Any]:
    if rows:
        path.write_bytes("\r\n".join(rows).encode("gb18030"))
    call_command("import_records", str(path), sheet=sheet, json=True, **more)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_a_check_tells_everything_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = make_operator()
    bad = GOOD.replace("花生油", "大豆油").replace("6901234567892", "6.90123E+12")

    told = run(
        tmp_path / "台账.csv",
        "四月台账",
        HEAD,
        GOOD,
        bad,
        GOOD,
        capsys=capsys,
        operator=operator.credit_code,
    )

    assert (told["status"], told["imported"], told["bad_rows"]) == ("partial", 1, 1)
    assert [(e["row"], e["column"], e["code"], e["cell"]) for e in told["bad"]] == [
        (4, "商品条码", "gtin_lossy", "I4")
    ]
    assert [(e["row"], e["code"]) for e in told["warn"]] == [(5, "row_repeated")]
    assert told["values"]["3"] == {
        "进货日期": f"{TODAY:%Y-%m-%d}",
        "食品名称": "花生油",
        "规格": "5升/桶",
        "数量": "12.5",
        "单位": "桶",
        "生产批号": "007",
        "保质期": "12个月",
        "供货者名称": "盛禾批发",
        "商品条码": "6901234567892",
    }
    assert told["peak_mb"] > 0
    assert told["seconds"] >= 0
    assert (Purchase.objects.count(), ImportSession.objects.count()) == (0, 0)


def test_with_commit_the_good_rows_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = make_operator()
    path = tmp_path / "台账.csv"
    more: dict[str, Any] = {"capsys": capsys, "operator": operator.credit_code, "commit": True}

    told = run(path, HEAD, GOOD, **more)
    again = run(path, **more)

    assert (told["status"], told["imported"], told["values"]["2"]["数量"]) == ("accept", 1, "12.5")
    assert Purchase.objects.count() == 1
    assert "已上传过" in again["message"]
    assert Purchase.objects.count() == 1


def test_all_or_nothing_is_an_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    operator = make_operator()
    bad = GOOD.replace("１２.５０", "若干")

    told = run(
        tmp_path / "台账.csv",
        HEAD,
        GOOD,
        bad,
        capsys=capsys,
        operator=operator.credit_code,
        commit=True,
        all_or_nothing=True,
    )

    assert told["status"] == "reject"
    assert Purchase.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", "今天天气很好", "header_missing"),
        ("a.csv", "进货日期,食品名称,数量\n2026-04-01,油,1", "header_missing"),
        ("a.xls", "", None),
        ("a.jpg", HEAD, "picture_no_sheet"),
    ],
)
def test_a_refused_file_is_one_entry_without_a_row(
    name: str, content: str, code: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    raw = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) if code is None else content.encode()
    path.write_bytes(raw)

    told = run(path, capsys=capsys, operator=make_operator().credit_code)

    assert (told["status"], told["imported"]) == ("reject", 0)
    [entry] = told["bad"]
    assert entry["row"] is None
    assert code in (None, entry["code"])
    assert entry["message"].endswith(("。", "）"))


def test_a_roster_goes_through_the_same_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county = make_county()
    code = credit_code()
    rows = ("主体名称,统一社会信用代码,环节,区划代码", f"新店,{code},流通,{county.code}")

    checked = run(tmp_path / "名录.csv", *rows, capsys=capsys, sheet="rosters")
    before = Operator.objects.filter(credit_code=code).count()
    run(tmp_path / "名录.csv", capsys=capsys, sheet="rosters", commit=True)

    assert checked["status"] in ("accept", "partial", "reject")
    assert before == 0
    assert checked["values"]["2"]["主体名称"] == "新店"


def test_products_go_through_the_same_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = make_operator()

    told = run(
        tmp_path / "商品.csv",
        "商品名称,规格,单位,商品条码",
        "花生油,5升,桶,6901234567892",
        capsys=capsys,
        sheet="products",
        operator=operator.credit_code,
        commit=True,
    )

    assert (told["status"], told["imported"]) == ("accept", 1)
    assert Product.objects.get(operator=operator).gtin == "6901234567892"


def test_the_command_knows_its_operator(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    path.write_text(HEAD, encoding="utf-8")

    with pytest.raises(CommandError, match="名册里没有"):
        call_command("import_records", str(path), sheet="purchases", operator="91370102MA00000000")


def test_without_json_it_speaks_to_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "台账.csv"
    path.write_text(f"{HEAD}\n{GOOD}\n{GOOD.replace('１２.５０', '-1')}", encoding="utf-8")

    call_command(
        "import_records", str(path), sheet="purchases", operator=make_operator().credit_code
    )

    said = capsys.readouterr().out
    assert "可以导入 1 行，1 行有错误。" in said
    assert "第 3 行：数量必须大于0" in said
    assert "没有写入" in said


def test_a_database_without_tables_is_told_in_a_sentence(
    tmp_path: Path,
) -> None:
    path = tmp_path / "台账.csv"
    path.write_text(f"{HEAD}\n{GOOD}\n")
    MigrationRecorder.Migration.objects.filter(app="traceability").delete()

    with pytest.raises(CommandError, match=r"没有执行。请先运行 manage.py migrate"):
        call_command("import_records", str(path), sheet="purchases", operator=credit_code())


def test_a_file_without_a_row_below_its_header_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = make_operator().credit_code

    told = run(tmp_path / "台账.csv", "四月台账", HEAD, capsys=capsys, operator=code)

    assert (told["status"], told["imported"]) == ("reject", 0)
    assert [entry["code"] for entry in told["bad"]] == ["sheet_without_rows"]
