"""The pages of a ledger import."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from enterprises.actor import OutOfScope
from enterprises.jobs import LeaseLost
from enterprises.models import AuditEntry, ImportSession, Job
from enterprises.operations import jobs
from shilian import clock
from tests.traceability.views.shop import Shop, make_shop
from traceability.models import Purchase
from traceability.operations import ledger_import

pytestmark = pytest.mark.django_db


def test_a_sheet_whose_file_is_gone_is_answered_in_words() -> None:
    shop = make_shop()
    session = ImportSession.objects.create(
        kind="ledger",
        file_name="四月.xlsx",
        file_path="imports/00/gone",
        sha256="0" * 64,
        state=ImportSession.State.DONE,
        operator_id=shop.operator.pk,
        county_id=shop.operator.county_id,
        created_at=clock.now(),
    )

    answer = shop.client.get(f"/my/import/{session.pk}/sheet/", follow=True)

    assert answer.status_code == 200
    assert "原文件已不在" in answer.content.decode()


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def sent(shop: Shop, count: int, supplier: str = "泉润粮油店") -> ImportSession:
    """An uploaded ledger of so many rows, its job waiting."""
    day = clock.today()
    lines = [
        f"{day:%Y-%m-%d},特一粉,25kg/袋,10,袋,L26,12个月,{supplier},13900000000,{number:02}"
        for number in range(count)
    ]
    head = "日期,品名,规格型号,进货数量,单位,生产日期/批号,保质期,供货单位,联系电话,凭证号"
    upload = SimpleUploadedFile("台账.csv", "\n".join([head, *lines]).encode())
    answer = shop.client.post("/my/import/", {"sheet": upload, "month": f"{day:%Y-%m}"})
    assert answer.status_code == 302, answer.context["form"].errors
    return ImportSession.objects.latest("id")


def worked(session: ImportSession) -> ImportSession:
    jobs.run_to_end(session.job_id or 0)
    session.refresh_from_db()
    return session


def half_recorded(shop: Shop, session: ImportSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker record the first row and go away."""
    monkeypatch.setattr(ledger_import, "CHUNK", 1)
    monkeypatch.setattr("enterprises.jobs.SLICE_SECONDS", -1)
    jobs.run_slice(session.job_id or 0, at=clock.now())


def test_an_import_is_stopped_and_says_what_stays(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop()
    session = sent(shop, 3)
    half_recorded(shop, session, monkeypatch)
    address = f"/my/import/{session.pk}/"

    offered = shop.client.get(address).content.decode()
    after = shop.client.post(f"{address}cancel/", follow=True).content.decode()

    assert "已经记入的会保留" in offered
    assert "取消前记入的 1 条保留在台账里" in after
    assert Purchase.objects.count() == 1
    assert worked(session).state == ImportSession.State.CANCELLED
    assert AuditEntry.objects.get(event="ledger_import_cancelled").details == {"written": 1}


def test_the_file_sent_again_records_the_rest(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop()
    session = sent(shop, 3)
    half_recorded(shop, session, monkeypatch)
    shop.client.post(f"/my/import/{session.pk}/cancel/")

    again = worked(sent(shop, 3))

    assert again.pk != session.pk
    assert (again.summary["written"], again.summary["same"]) == (2, 1)
    assert Purchase.objects.count() == 3


def test_a_worker_that_did_not_know_records_no_more(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop()
    session = sent(shop, 2)
    half_recorded(shop, session, monkeypatch)
    run = jobs.claim(session.job_id or 0, at=clock.now())
    shop.client.post(f"/my/import/{session.pk}/cancel/")

    assert run is not None
    with pytest.raises(LeaseLost):
        ledger_import.run_import(run, at=clock.now())

    assert Purchase.objects.count() == 1


def test_what_is_done_is_not_cancelled(files: Path) -> None:
    shop = make_shop()
    session = worked(sent(shop, 1))

    after = shop.client.post(f"/my/import/{session.pk}/cancel/", follow=True)

    session.refresh_from_db()
    assert "已经做完了，不用取消" in after.content.decode()
    assert session.state == ImportSession.State.DONE


def test_another_owner_of_the_shop_does_not_stop_it(files: Path) -> None:
    shop = make_shop()
    session = sent(shop, 1)

    with pytest.raises(OutOfScope):
        ledger_import.cancel_ledger_import(
            by=replace(shop.actor, person_id=1), session=session, at=clock.now()
        )

    assert Job.objects.get(pk=session.job_id).state == Job.State.QUEUED


def test_the_marked_sheet_is_the_way_on_only_where_there_are_faults(files: Path) -> None:
    shop = make_shop()
    sound, faulty = worked(sent(shop, 1)), worked(sent(shop, 1, supplier=""))

    clean = shop.client.get(f"/my/import/{sound.pk}/").content.decode()
    marked = shop.client.get(f"/my/import/{faulty.pk}/").content.decode()

    assert "下载标好错误的表格" not in clean
    assert 'btn-primary" href="/my/ledger/"' in clean
    assert f'btn-primary" href="/my/import/{faulty.pk}/sheet/"' in marked


def test_the_imports_leave_as_a_sheet() -> None:
    shop = make_shop()
    for owner, name in ((shop.operator, "四月.xlsx"), (make_shop().operator, "别家.xlsx")):
        ImportSession.objects.create(
            kind="ledger",
            file_name=name,
            file_path="imports/00/kept",
            sha256="0" * 64,
            state=ImportSession.State.DONE,
            operator_id=owner.pk,
            county_id=owner.county_id,
            mapping={"month": "2026-04"},
            summary={"written": 1998, "bad": 2},
            created_at=clock.now(),
        )

    answer = shop.client.get("/my/import/export/")

    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert [row[0] for row in rows if row[2] == "2026-04"] == ["四月.xlsx"]
    assert dict(zip(rows[0], rows[1], strict=True))["已记入"] == 1998
