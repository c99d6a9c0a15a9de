from __future__ import annotations

import io
import threading
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import time_machine
import xlsxwriter
from django.core.management import CommandError, call_command
from django.db import connection

from enterprises.actor import Forbidden, OutOfScope, actor_for
from enterprises.models import AuditEntry, ImportRow, ImportSession, Job, Operator
from enterprises.operations import jobs
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    give_role,
    make_operator,
    make_person,
    owner_of,
)
from tests.builders.traceability import make_partner
from traceability.models import Batch, Partner, Product, Purchase
from traceability.operations import ledger_import

pytestmark = pytest.mark.django_db
APRIL = date(2026, 4, 1)
HEAD = [
    "日期",
    "品名",
    "规格型号",
    "进货数量",
    "单位",
    "生产日期/批号",
    "保质期",
    "供货单位",
    "供货单位信用代码",
    "联系电话",
    "凭证号",
]
FLOUR = [
    "4月1日",
    "特一粉",
    "25kg/袋",
    10,
    "袋",
    "L26",
    "12个月",
    "泉润粮油店",
    "",
    "13900000000",
    "01",
]


@pytest.fixture(autouse=True)
def _place_and_day(settings: Any, tmp_path: Path) -> Any:
    settings.FILES_DIR = tmp_path
    with time_machine.travel(AT, tick=False):
        yield


def row(**changes: Any) -> list[Any]:
    names = dict(zip(HEAD, FLOUR, strict=True)) | changes
    return [names[label] for label in HEAD]


def workbook(*rows: list[Any], head: list[str] = HEAD) -> io.BytesIO:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    page = book.add_worksheet("4月进货")
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    page.merge_range(0, 0, 0, len(head) - 1, "某某公司 2026年4月进货查验台账")
    for at, cells in enumerate([head, *rows], start=1):
        for column, value in enumerate(cells):
            if isinstance(value, date):
                page.write_datetime(at, column, datetime.combine(value, time.min), days)
            else:
                page.write(at, column, value)
    book.close()
    stream.seek(0)
    return stream


def start(operator: Operator, upload: io.BytesIO, **more: Any) -> ImportSession:
    neutral = {"by": owner_of(operator), "file_name": "4月台账.xlsx", "month": APRIL, "at": AT}
    return ledger_import.start_ledger_import(operator=operator, upload=upload, **(neutral | more))


def finish(session: ImportSession) -> ImportSession:
    assert session.job_id is not None
    jobs.run_to_end(session.job_id)
    session.refresh_from_db()
    return session


def imported(operator: Operator, *rows: list[Any]) -> ImportSession:
    return finish(start(operator, workbook(*rows)))


def outcomes(session: ImportSession) -> dict[int, str]:
    return dict(ImportRow.objects.filter(session=session).values_list("row_no", "outcome"))


def test_good_rows_become_purchases() -> None:
    operator = make_operator()

    session = imported(
        operator, row(), row(品名="土豆", 规格型号="散装", 单位="斤", 保质期="", 凭证号="02")
    )

    purchases = Purchase.objects.filter(operator=operator).order_by("voucher_number")
    assert [(p.voucher_number, p.purchased_on, p.channel) for p in purchases] == [
        ("01", APRIL, "sheet"),
        ("02", APRIL, "sheet"),
    ]
    batch = Batch.objects.get(pk=purchases[0].batch_id)
    assert (batch.name, batch.batch_number, batch.shelf_life) == ("特一粉", "L26", "12个月")
    assert purchases[0].raw["日期"] == "4月1日"
    assert (session.state, session.message) == ("done", "已记入 2 条。")


def test_new_goods_and_suppliers_are_entered_once() -> None:
    operator = make_operator()

    session = imported(operator, row(), row(日期="4月2日", 凭证号="02"))

    supplier = Partner.objects.get(operator=operator)
    product = Product.objects.get(operator=operator)
    assert (supplier.name, supplier.contact_phone) == ("泉润粮油店", "13900000000")
    assert (product.name, product.shelf_life, product.pinyin) == ("特一粉", "12个月", "tyf")
    assert session.summary["new_products"] == session.summary["new_partners"] == 1


def test_a_supplier_is_found_by_its_code_before_its_name() -> None:
    operator, seller = make_operator(), make_operator()
    known = make_partner(operator, name="老名字", credit_code=seller.credit_code)

    imported(
        operator,
        row(供货单位信用代码=seller.credit_code),
        row(日期="4月2日"),
    )

    assert Partner.objects.get(operator=operator) == known
    assert set(Purchase.objects.values_list("partner_id", "supplier_operator_id")) == {
        (known.pk, seller.pk)
    }


def test_every_faulty_row_is_explained_and_the_others_go_in() -> None:
    operator = make_operator()

    session = imported(
        operator,
        row(),
        row(凭证号="02", 进货数量="若干", 日期="上周"),
        row(凭证号="03", **{"生产日期/批号": date(2026, 4, 9)}),
        row(凭证号="04", 单位="麻"),
        row(凭证号="05", 日期="2026-12-01"),
    )

    bad = ImportRow.objects.filter(session=session, outcome="bad").order_by("row_no")
    assert {r.row_no: {p["code"] for p in r.problems} for r in bad} == {
        4: {"quantity_not_a_number", "purchased_on_unreadable"},
        5: {"produced_after_event"},
        6: {"unit_unknown"},
        7: {"purchased_on_in_future"},
    }
    assert session.summary["written"] == 1
    assert session.summary["bad"] == 4
    assert session.message == "已记入 1 条，4 行有错误，没有记入。"
    assert Purchase.objects.count() == 1


def test_rows_that_only_repeat_or_sum_up_are_left_out() -> None:
    operator = make_operator()

    session = imported(operator, row(), row(), ["合计", "", "", "20"] + [""] * 7)

    assert outcomes(session) == {3: "written", 4: "skipped", 5: "skipped"}
    assert Purchase.objects.count() == 1


def test_the_same_file_again_finds_the_first_import() -> None:
    operator = make_operator()
    first = imported(operator, row())

    again = start(operator, workbook(row()))

    assert again.pk == first.pk
    assert Job.objects.count() == 1


def test_what_was_retired_is_taken_up_again() -> None:
    operator = make_operator()
    imported(operator, row())
    Product.objects.update(is_retired=True)
    Partner.objects.update(is_retired=True)

    session = imported(operator, row(凭证号="02"))

    assert outcomes(session) == {3: "written"}
    assert not Product.objects.get().is_retired
    assert not Partner.objects.get().is_retired


def test_the_same_file_may_be_sent_again_once_its_import_was_given_up() -> None:
    operator = make_operator()
    first = start(operator, workbook(row()))
    Job.objects.filter(pk=first.job_id).update(state=Job.State.PARKED)

    again = start(operator, workbook(row()))

    assert again.pk != first.pk
    assert Job.objects.open().get().pk == again.job_id


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_start_one_import() -> None:
    operator = make_operator()
    content, by = workbook(row()).read(), owner_of(operator)
    together = threading.Barrier(2)

    def press() -> None:
        together.wait()
        try:
            ledger_import.start_ledger_import(
                by=by,
                operator=operator,
                upload=io.BytesIO(content),
                file_name="四月.xlsx",
                month=APRIL,
                at=AT,
            )
        finally:
            connection.close()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()

    assert ImportSession.objects.count() == Job.objects.count() == 1


def test_a_corrected_file_records_only_what_is_new() -> None:
    operator = make_operator()
    imported(operator, row(), row(凭证号="02", 进货数量="若干"))

    session = imported(operator, row(), row(凭证号="02", 进货数量=7))

    assert outcomes(session) == {3: "same", 4: "written"}
    assert Purchase.objects.count() == 2


def test_an_expired_delivery_goes_in_with_a_warning() -> None:
    session = imported(make_operator(), row(保质期="3天", **{"生产日期/批号": date(2026, 3, 1)}))

    kept = ImportRow.objects.get(session=session)
    assert (kept.outcome, [p["code"] for p in kept.problems]) == ("written", ["already_expired"])
    assert Purchase.objects.get().warnings == ["already_expired"]
    assert session.summary["warned"] == 1


def test_the_workbook_comes_back_with_the_cells_marked() -> None:
    operator = make_operator()
    session = imported(operator, row(), row(凭证号="02", 进货数量="若干"))
    stream = io.BytesIO()

    ledger_import.write_annotated(owner_of(operator), session, stream)

    page = openpyxl.load_workbook(stream).worksheets[0]
    assert page["D4"].value == "若干"
    assert "不是数字" in page["D4"].comment.text
    assert page["D3"].comment is None
    assert "不是数字" in page["L4"].value


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old_or_locked_workbook"),
        (b"%PDF-1.4", "document_no_sheet"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused:
        start(make_operator(), io.BytesIO(content))

    assert refused.value.codes == [code]
    assert ImportSession.objects.count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_sheet_without_the_columns_says_which() -> None:
    head = ["品名", "规格型号", "单位"]

    session = finish(start(make_operator(), workbook(["面粉", "散装", "斤"], head=head)))

    assert session.state == "refused"
    assert "进货日期" in session.message
    assert "供货者名称" in session.message


def test_a_killed_worker_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = make_operator()
    session = start(operator, workbook(*(row(凭证号=f"{number:03}") for number in range(25))))
    monkeypatch.setattr(ledger_import, "CHUNK", 10)
    real, calls = ledger_import._record, []

    def dies(*arguments: Any) -> None:
        real(*arguments)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(ledger_import, "_record", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.run_slice(session.job_id or 0, at=AT)
    assert Purchase.objects.count() == 10

    Job.objects.update(state="queued", lease_token=None, lease_until=None)
    finish(session)

    assert session.state == "done"
    numbers = Purchase.objects.values_list("voucher_number", flat=True)
    assert sorted(numbers) == [f"{number:03}" for number in range(25)]
    assert set(outcomes(session).values()) == {"written"}


def test_only_the_owner_imports_and_only_for_itself() -> None:
    operator, stranger = make_operator(), make_operator()
    clerk = make_person()
    give_role(clerk, Role.CLERK, operator=operator)

    with pytest.raises(OutOfScope):
        start(operator, workbook(row()), by=owner_of(stranger))
    with pytest.raises(Forbidden):
        start(operator, workbook(row()), by=actor_for(clerk))

    assert ImportSession.objects.count() == 0


def test_one_import_writes_its_audit() -> None:
    imported(make_operator(), row(), row(凭证号="02", 进货数量="若干"))

    entry = AuditEntry.objects.get(event="ledger_imported")
    assert (entry.count, entry.details) == (1, {"bad": 1})


def test_the_command_checks_and_writes_only_with_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = make_operator()
    path = tmp_path / "台账.xlsx"
    path.write_bytes(workbook(row(), row(凭证号="02", 进货数量="若干")).getvalue())
    said = {"operator": operator.credit_code, "month": "2026-04"}

    call_command("import_ledger", str(path), **said)
    checked = capsys.readouterr().out
    count = Purchase.objects.count()
    call_command("import_ledger", str(path), commit=True, **said)

    assert count == 0
    assert "可以记入：1 行" in checked
    assert "第 4 行：数量“若干”不是数字" in checked
    assert Purchase.objects.count() == 1
    assert "已记入 1 条" in capsys.readouterr().out


def test_the_command_knows_its_operator(tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    path.write_text("日期,品名", encoding="utf-8")

    with pytest.raises(CommandError, match="名册里没有"):
        call_command("import_ledger", str(path), operator="91370102MA00000000")


def test_days_far_back_are_explained() -> None:
    session = imported(make_operator(), row(日期=date(2024, 4, 1)))

    kept = ImportRow.objects.get(session=session)
    assert [p["code"] for p in kept.problems] == ["purchased_on_too_long_ago"]
    assert kept.problems[0]["column"] == 0
