"""A sheet on its way: read, columns confirmed, checked, previewed, written, cancelled, resumed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from openpyxl import Workbook, load_workbook

from enterprises.actor import OutOfScope
from enterprises.jobs import LeaseLost
from enterprises.models import AuditEntry, ImportRow, ImportSession, Job, Operator
from enterprises.models.imports import ImportMapping
from enterprises.operations import jobs
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import TODAY
from traceability.models import Product, Purchase
from traceability.operations import import_files, import_runs, imports, side_progress
from traceability.queries import imports as found
from traceability.sheets.purchases import PURCHASES

pytestmark = pytest.mark.django_db
HEAD = "日期,品名,规格型号,进货数量,单位,生产日期/批号,供货单位,联系电话,凭证号"
GOOD_ROWS, ALL_OR_NOTHING = "good_rows", "all_or_nothing"


@pytest.fixture(autouse=True)
def _place_and_day(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    # Another connection does not see what a test has not committed.
    monkeypatch.setattr(side_progress, "EVERY_SECONDS", 3600)
    with time_machine.travel(AT, tick=False):
        yield


def row(number: int, **changes: str) -> str:
    said = {
        "日期": f"{TODAY:%m月%d日}",
        "品名": "特一粉",
        "规格型号": "25kg/袋",
        "进货数量": "10",
        "单位": "袋",
        "生产日期/批号": "L26",
        "供货单位": "泉润粮油店",
        "联系电话": "13900000000",
        "凭证号": f"{number:02}",
    } | changes
    return ",".join(said[name] for name in HEAD.split(","))


def sheet(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join(["某某公司进货台账", head, *rows]).encode("gb18030")


def start(operator: Operator, content: bytes, **more: Any) -> ImportSession:
    neutral = {
        "by": owner_of(operator),
        "kind": PURCHASES,
        "file_name": "4月台账.csv",
        "month": TODAY,
        "at": AT,
    }
    return imports.start_import(operator=operator, upload=io.BytesIO(content), **(neutral | more))


def worked(session: ImportSession) -> ImportSession:
    jobs.run_to_end(session.job_id or 0)
    session.refresh_from_db()
    return session


def commit(session: ImportSession, operator: Operator, mode: str = GOOD_ROWS) -> ImportSession:
    by = owner_of(operator)
    return worked(imports.commit_import(by=by, session=session, mode=mode, at=AT))


def outcomes(session: ImportSession) -> dict[int, str]:
    rows = ImportRow.objects.filter(session=session).order_by("row_no")
    return dict(rows.values_list("row_no", "outcome"))


MIXED = (row(1), row(2, 进货数量="若干"), row(3), row(3), "合计,,,30,,,,,")


def test_a_check_writes_nothing_and_says_everything() -> None:
    session = worked(start(make_operator(), sheet(*MIXED)))

    assert session.state == "preview"
    assert session.message == "可以导入 2 行，1 行有错误，2 行不用导入（合计行、重复行）。"
    assert outcomes(session) == {4: "bad", 6: "skipped", 7: "skipped"}
    bad = ImportRow.objects.get(session=session, outcome="bad")
    assert [(p["code"], p["field"], p["column"]) for p in bad.problems] == [
        ("quantity_not_a_number", "quantity", 3)
    ]
    assert (Purchase.objects.count(), Product.objects.count()) == (0, 0)


def test_the_good_rows_go_in_now() -> None:
    operator = make_operator()
    session = commit(worked(start(operator, sheet(*MIXED))), operator)

    assert session.state == "done"
    assert session.message == "已记入 2 条，1 行有错误，没有记入，2 行不用导入（合计行、重复行）。"
    assert outcomes(session) == {3: "written", 4: "bad", 5: "written", 6: "skipped", 7: "skipped"}
    made = dict(Purchase.objects.values_list("pk", "voucher_number"))
    kept = found.record_ids(owner_of(operator), session)
    assert [made[one.record_id or 0] for one in kept] == ["01", "03"]
    assert (session.summary["new_products"], session.summary["new_partners"]) == (1, 1)
    assert AuditEntry.objects.get(event="sheet_imported").count == 2
    assert Purchase.objects.first().raw["日期"] == f"{TODAY:%m月%d日}"  # type: ignore[union-attr]


def test_all_or_nothing_waits_until_nothing_is_wrong() -> None:
    operator = make_operator()
    session = worked(start(operator, sheet(*MIXED)))

    with pytest.raises(Rejected) as refused:
        imports.commit_import(by=owner_of(operator), session=session, mode=ALL_OR_NOTHING, at=AT)

    assert refused.value.codes == ["rows_are_bad"]
    session.refresh_from_db()
    assert (session.state, Purchase.objects.count()) == ("preview", 0)


def test_all_or_nothing_writes_all() -> None:
    operator = make_operator()

    session = commit(worked(start(operator, sheet(row(1), row(2)))), operator, ALL_OR_NOTHING)

    assert (session.state, Purchase.objects.count()) == ("done", 2)


def test_all_or_nothing_writes_nothing_when_a_row_has_become_impossible() -> None:
    operator = make_operator()
    session = worked(start(operator, sheet(row(1), row(2, 日期=TODAY.isoformat()))))
    by = owner_of(operator)
    session = imports.commit_import(by=by, session=session, mode=ALL_OR_NOTHING, at=AT)

    with time_machine.travel(AT - timedelta(days=1), tick=False):
        worked(session)

    assert (session.state, session.mode, Purchase.objects.count()) == ("preview", "", 0)
    assert "一条也没有记" in session.message


@pytest.mark.parametrize("mode", [GOOD_ROWS, ALL_OR_NOTHING])
def test_a_straight_import_asks_nobody(mode: str) -> None:
    session = worked(start(make_operator(), sheet(row(1), row(2)), mode=mode))

    assert (session.state, session.message) == ("done", "已记入 2 条。")
    assert Purchase.objects.count() == 2


def test_a_straight_all_or_nothing_with_a_bad_row_stops_at_the_preview() -> None:
    session = worked(start(make_operator(), sheet(*MIXED), mode=ALL_OR_NOTHING))

    assert (session.state, session.mode, Purchase.objects.count()) == ("preview", "", 0)


def test_the_same_file_again_finds_the_first_import() -> None:
    operator = make_operator()
    first = worked(start(operator, sheet(row(1)), mode=GOOD_ROWS))

    again = start(operator, sheet(row(1)), at=AT + timedelta(minutes=5))

    assert (again.pk, again.created_at) == (first.pk, AT)
    assert Job.objects.count() == 1


def test_the_corrected_sheet_brings_in_only_what_was_corrected() -> None:
    operator = make_operator()
    first = worked(start(operator, sheet(row(1), row(2, 进货数量="若干")), mode=GOOD_ROWS))
    marked = io.BytesIO()
    imports.write_annotated(owner_of(operator), first, marked)
    book = load_workbook(marked)
    assert book.active is not None
    book.active["D4"] = "12"
    corrected = io.BytesIO()
    book.save(corrected)

    again = worked(start(operator, corrected.getvalue(), file_name="改好.xlsx", mode=GOOD_ROWS))

    assert again.message == "已记入 1 条，1 行台账里已有，没有重复记。"
    assert sorted(Purchase.objects.values_list("voucher_number", flat=True)) == ["01", "02"]
    assert all("问题说明" not in raw for raw in Purchase.objects.values_list("raw", flat=True))


UNSURE = HEAD.replace("供货单位,", "从谁家进的,")


def test_columns_nobody_can_be_sure_of_are_confirmed_once() -> None:
    operator = make_operator()
    by = owner_of(operator)
    waiting = worked(start(operator, sheet(row(1), head=UNSURE)))
    columns = waiting.mapping["indexes"] | {"supplier_name": 6}

    session = worked(imports.confirm_mapping(by=by, session=waiting, columns=columns, at=AT))
    next_month = worked(start(operator, sheet(row(2), head=UNSURE)))

    assert (waiting.mapping["missing"], waiting.mapping["sample"][0][0]) == (["supplier_name"], 3)
    assert (session.state, session.summary["new"]) == ("preview", 1)
    assert (next_month.state, next_month.summary["new"]) == ("preview", 1)
    assert ImportMapping.objects.get().person_id == by.person_id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"supplier_name": None}, "column_missing"),
        ({"supplier_name": 99}, "column_outside"),
        ({"supplier_name": 1}, "column_twice"),
        ({"nonsense": 6}, "column_unknown"),
    ],
)
def test_columns_that_cannot_be_are_refused(changes: dict[str, Any], code: str) -> None:
    operator = make_operator()
    waiting = worked(start(operator, sheet(row(1), head=UNSURE)))
    wanted = waiting.mapping["indexes"] | {"supplier_name": 6} | changes
    columns = {name: index for name, index in wanted.items() if index is not None}

    with pytest.raises(Rejected) as refused:
        imports.confirm_mapping(by=owner_of(operator), session=waiting, columns=columns, at=AT)

    assert code in refused.value.codes
    waiting.refresh_from_db()
    assert (waiting.state, ImportMapping.objects.count()) == ("mapping", 0)


def test_a_file_without_a_table_is_refused_in_words() -> None:
    session = worked(start(make_operator(), "今天天气很好\n明天也好".encode()))

    assert session.state == "refused"
    assert "表头" in session.message


def test_a_unit_in_the_heading_counts_for_every_row() -> None:
    head = HEAD.replace("进货数量", "数量(公斤)").replace(",单位,", ",备注,")
    worked(start(make_operator(), sheet(row(1, 单位=""), head=head), mode=GOOD_ROWS))

    assert Purchase.objects.get().unit == "公斤"


def slice_of_one(session: ImportSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker write the first row and go away."""
    monkeypatch.setattr(import_runs, "CHUNK", 1)
    monkeypatch.setattr(import_files, "others_wait", lambda session: True)
    monkeypatch.setattr("enterprises.jobs.SLICE_SECONDS", -1)
    jobs.run_slice(session.job_id or 0, at=AT)


def test_the_next_worker_goes_on_behind_the_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    session = start(make_operator(), sheet(row(1), row(2), row(1), row(3)), mode=GOOD_ROWS)
    slice_of_one(session, monkeypatch)
    between = Purchase.objects.count()

    worked(session)

    assert between == 1
    assert outcomes(session) == {3: "written", 4: "written", 5: "skipped", 6: "written"}
    assert session.summary["rows"] == 4
    assert Purchase.objects.count() == 3


def test_a_cancelled_import_keeps_what_is_written_and_goes_on_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    operator = make_operator()
    by = owner_of(operator)
    session = start(operator, sheet(row(1), row(2), row(3)), by=by, mode=GOOD_ROWS)
    slice_of_one(session, monkeypatch)

    cancelled = imports.cancel_import(by=by, session=session, at=AT)
    with pytest.raises(Rejected):
        imports.cancel_import(by=by, session=session, at=AT)
    # Stopped again before it moved on: where it was is not forgotten.
    imports.resume_import(by=by, session=session, at=AT)
    imports.cancel_import(by=by, session=session, at=AT)
    resumed = worked(imports.resume_import(by=by, session=session, at=AT))

    assert "取消前记入的 1 条保留" in cancelled.message
    assert (resumed.state, resumed.message) == ("done", "已记入 3 条。")
    assert outcomes(resumed) == {3: "written", 4: "written", 5: "written"}
    assert Purchase.objects.count() == 3


def test_a_worker_that_did_not_know_writes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = make_operator()
    by = owner_of(operator)
    session = start(operator, sheet(row(1), row(2)), by=by, mode=GOOD_ROWS)
    slice_of_one(session, monkeypatch)
    run = jobs.claim(session.job_id or 0, at=AT)
    imports.cancel_import(by=by, session=session, at=AT)

    assert run is not None
    import_runs.run_import(run)

    assert Purchase.objects.count() == 1


def test_two_workers_on_one_job_write_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session = start(make_operator(), sheet(row(1), row(2)), mode=GOOD_ROWS)
    first = jobs.claim(session.job_id or 0, at=AT)
    Job.objects.update(lease_until=AT - timedelta(seconds=1))
    worked(session)

    assert first is not None
    session.state = "writing"
    ImportSession.objects.update(state="writing")
    with pytest.raises(LeaseLost):
        import_runs.run_import(first)

    assert Purchase.objects.count() == 2


def test_a_stranger_neither_sees_nor_stops_it() -> None:
    operator = make_operator()
    session = worked(start(operator, sheet(row(1))))
    stranger = owner_of(make_operator())

    assert found.find_import(stranger, session.pk) is None
    for call in (
        lambda: imports.cancel_import(by=stranger, session=session, at=AT),
        lambda: imports.commit_import(by=stranger, session=session, mode=GOOD_ROWS, at=AT),
        lambda: imports.resume_import(by=stranger, session=session, at=AT),
        lambda: imports.confirm_mapping(by=stranger, session=session, columns={}, at=AT),
    ):
        with pytest.raises(OutOfScope):
            call()


def test_who_uploaded_is_told_until_looking() -> None:
    operator = make_operator()
    by = owner_of(operator)
    session = worked(start(operator, sheet(row(1)), by=by))
    told = found.unseen(by, operator)

    imports.mark_seen(by=replace(by, person_id=1), session=session, at=AT)
    still = found.unseen(by, operator)
    imports.mark_seen(by=by, session=session, at=AT)

    assert [one.pk for one in told] == [one.pk for one in still] == [session.pk]
    assert found.unseen(by, operator) == []


@pytest.mark.parametrize(("size", "queue"), [(1, "large"), (1 << 20, "small")])
def test_large_files_have_workers_of_their_own(
    size: int, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_files, "LARGE_BYTES", size)
    session = start(make_operator(), sheet(row(1)))

    assert Job.objects.get(pk=session.job_id).queue == queue


def test_a_check_knows_about_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    by_csv = start(make_operator(), sheet(row(1), row(2), row(3)), mode=GOOD_ROWS)
    slice_of_one(by_csv, monkeypatch)
    job = Job.objects.get(pk=by_csv.job_id)

    assert (job.done_count, job.total_count) == (1, 4)


def test_a_workbook_states_its_rows(tmp_path: Path) -> None:
    book = Workbook()
    for number in range(40):
        book.worksheets[0].append([number])
    book.save(tmp_path / "a.xlsx")

    assert import_files.estimate_rows(tmp_path / "a.xlsx") == 40


def test_without_its_file_an_import_says_so() -> None:
    operator = make_operator()
    session = worked(start(operator, sheet(row(1))))
    import_files.file_of(session).unlink()

    with pytest.raises(Rejected) as refused:
        commit(session, operator)

    assert refused.value.codes == ["file_gone"]
    waiting = start(operator, sheet(row(2)))
    import_files.file_of(waiting).unlink()
    assert "原文件已不在" in worked(waiting).message
