from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from enterprises.models import AuditEntry, Division, Job, Membership, Operator
from enterprises.operations import jobs
from enterprises.roles import Role
from shilian import clock
from tests.builders.chains import bare_batch, lixia, make_chain, sell
from tests.builders.enterprises import AT, give_role, make_person, make_province, owner_of
from tests.builders.recalls import answer, make_recall
from tests.builders.traceability import batch_of, make_incoming, make_purchase
from traceability import labels
from traceability.models import Hold, Link, LinkKind, Recall, RecallBatch, RecallNotice
from traceability.queries.recall_notices import LINES_SHOWN, find_notice
from traceability.rules.recalls import PARTS


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def officer(division: Division | None = None, role: Role = Role.PROVINCE_OFFICER) -> Client:
    person = make_person()
    give_role(person, role, division=division or make_province())
    return signed_in(person)


def shopkeeper(operator: Operator) -> Client:
    held = Membership.objects.filter(operator=operator, role=Role.OWNER).first()
    if held is None:
        held = give_role(make_person(), Role.OWNER, operator=operator)
    return signed_in(held.person)


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"traceability:{name}", args=args)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def budget(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as run:
        client.get(address)
    return len(run)


@pytest.mark.django_db
def test_an_officer_starts_a_recall_from_a_code() -> None:
    chain, client = make_chain(), officer()
    code = labels.label_of(chain.start).code

    shown = text(client, f"{page('recall_new')}?code={code}")
    assert "4 家" in shown

    sent = {
        "batch": str(chain.start.pk),
        "level": "second",
        "cause": "failed_sample",
        "reason": "菌落总数超标",
        "start": "yes",
    }
    response = client.post(page("recall_new"), sent)

    recall = Recall.objects.get()
    assert response["Location"] == page("recall", recall.pk)
    assert (recall.level, recall.holder_count) == ("second", 5)


@pytest.mark.django_db
def test_goods_that_are_recalled_already_are_told_before_another_recall() -> None:
    chain, client = make_chain(), officer()
    before = text(client, f"{page('recall_new')}?batch={chain.start.pk}")
    recall = make_recall(chain.dealt)

    shown = text(client, f"{page('recall_new')}?batch={chain.start.pk}")

    assert "已经在召回" not in before
    assert "已经在召回" in shown
    assert page("recall", recall.pk) in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "said"),
    [("AAAA", "没有输完整"), ("A" * 26, "不是食链发出的追溯码")],
)
def test_a_mistyped_and_a_forged_code_are_told_apart(code: str, said: str) -> None:
    response = officer().get(f"{page('recall_new')}?code={code}")

    assert response.status_code == 422
    assert said in response.content.decode()


@pytest.mark.django_db
def test_a_recall_without_level_or_reason_names_the_fields() -> None:
    chain = make_chain()

    response = officer().post(page("recall_new"), {"batch": str(chain.start.pk), "start": "yes"})

    assert response.status_code == 422
    assert "请选择召回级别" in response.content.decode()
    assert Recall.objects.count() == 0


@pytest.mark.django_db
def test_the_page_of_a_recall_shows_clocks_counties_and_balance_within_its_budget() -> None:
    chain = make_chain()
    recall = make_recall(chain.start)
    answer(chain.shop, recall)
    client = officer()

    shown = text(client, page("recall", recall.pk))

    for said in ("按时启动", "个工作日", "历下区", "对不上", "启动召回"):
        assert said in shown
    assert budget(client, page("recall", recall.pk)) <= 20
    assert budget(client, page("recalls")) <= 9
    assert budget(client, page("recall_holders", recall.pk)) <= 8


@pytest.mark.django_db
def test_a_poll_gets_only_what_changes() -> None:
    recall = make_recall(make_chain().start)

    response = officer().get(page("recall", recall.pk), headers={"HX-Request": "true"})

    shown = response.content.decode()
    assert 'id="recall-progress"' in shown
    assert "<html" not in shown


@pytest.mark.django_db
def test_a_county_reads_no_name_from_elsewhere() -> None:
    chain = make_chain()
    recall = make_recall(chain.start)
    client = officer(lixia(), Role.COUNTY_OFFICER)

    shown = text(client, page("recall", recall.pk)) + text(
        client, page("recall_holders", recall.pk)
    )

    assert "历下食堂" in shown
    assert "辖区以外" in shown
    for name in ("市中批发", "青岛小店", "没有回音的店"):
        assert name not in shown


@pytest.mark.django_db
def test_the_holders_phone_numbers_are_masked() -> None:
    chain = make_chain()
    recall = make_recall(chain.start)

    shown = text(officer(), page("recall_holders", recall.pk))

    assert chain.shop.contact_phone not in shown
    assert "查看" in shown


@pytest.mark.django_db
def test_a_change_without_a_reason_changes_nothing_and_says_so() -> None:
    recall = make_recall(make_chain().start)
    client = officer()

    client.post(page("recall_change", recall.pk, "cancel"), {"note": ""})

    assert "请写明原因" in text(client, page("recall", recall.pk))
    assert Recall.objects.get().is_active


@pytest.mark.django_db
def test_a_shop_reads_the_notice_stops_selling_and_reports() -> None:
    chain = make_chain()
    recall = make_recall(chain.start)
    client = shopkeeper(chain.shop)

    assert "召回通知：请停止销售" in text(client, page("home"))
    assert 'value="5"' in text(client, page("recall_notice", recall.pk))
    client.post(page("recall_acknowledge", recall.pk))
    prefix = f"b{chain.in_shop.pk}"
    sent = {f"{prefix}-left": "4", f"{prefix}-sold": "1", "note": "已贴告示"}
    response = client.post(page("recall_notice", recall.pk), sent)

    assert response.status_code == 302
    row = RecallBatch.objects.get(recall=recall, batch_id=chain.in_shop.pk)
    assert (row.left, row.sold, row.destroyed) == (Decimal(4), Decimal(1), Decimal(0))
    notice = RecallNotice.objects.get(recall=recall, operator=chain.shop)
    assert (notice.acknowledged_at, notice.note) == (AT, "已贴告示")
    assert "召回通知：请停止销售" not in text(client, page("home"))
    assert budget(client, page("recall_notice", recall.pk)) <= 18


@pytest.mark.django_db
def test_a_bad_quantity_is_told_at_its_line() -> None:
    chain = make_chain()
    recall = make_recall(chain.start)

    response = shopkeeper(chain.shop).post(
        page("recall_notice", recall.pk), {f"b{chain.in_shop.pk}-left": "-1"}
    )

    assert response.status_code == 422
    assert "封存未售不能小于0" in response.content.decode()


@pytest.mark.django_db
def test_a_shop_recalls_its_own_goods_and_reads_no_names_beyond_its_papers() -> None:
    chain = make_chain()
    client = shopkeeper(chain.wholesaler)
    sent = {
        "batch": str(chain.start.pk),
        "level": "first",
        "cause": "own_finding",
        "reason": "发现异物",
        "start": "yes",
    }

    response = client.post(page("my_recall_new"), sent)

    recall = Recall.objects.get()
    assert response["Location"] == page("my_recall", recall.pk)
    shown = text(client, page("my_recall", recall.pk))
    assert "5 家" in shown
    assert "青岛小店" not in shown


@pytest.mark.django_db
def test_a_foreign_batch_in_the_form_is_not_recalled() -> None:
    chain = make_chain()
    sent = {
        "batch": str(chain.start.pk),
        "level": "first",
        "cause": "own_finding",
        "reason": "发现异物",
        "start": "yes",
    }

    response = shopkeeper(chain.shop).post(page("my_recall_new"), sent)

    assert response.status_code == 422
    assert Recall.objects.count() == 0


@pytest.mark.django_db
def test_the_workbook_has_a_sheet_for_each_part() -> None:
    chain = make_chain()
    recall = make_recall(chain.start, reason="=1+1")

    response = officer().get(page("recall_export", recall.pk))

    book = load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["概况", "物料平衡", "县区进度", "主体名单", "经过"]
    assert [row[2] for row in book["主体名单"].values][:6].count("历下食堂") == 1
    assert [cell.value for cell in book["物料平衡"][1]][:3] == ["部分", "单位", "应说明数量"]
    assert (book["概况"]["C6"].value, book["概况"]["C6"].data_type) == ("=1+1", "s")
    assert AuditEntry.objects.filter(event="list_exported", about="recall").exists()


@pytest.mark.django_db
def test_the_workbook_of_the_silent_holders_holds_no_others() -> None:
    chain = make_chain()
    recall = make_recall(chain.start)
    answer(chain.shop, recall)

    response = officer().get(page("recall_export", recall.pk) + "?state=unanswered")

    names = [row[2] for row in load_workbook(BytesIO(response.content))["主体名单"].values]
    assert "历下食堂" in names
    assert "青岛小店" not in names


@pytest.mark.django_db
def test_a_long_workbook_is_made_by_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enterprises.views.exports.AT_ONCE", 5)
    recall = make_recall(make_chain().start)
    client = officer()

    progress = client.get(page("recall_export", recall.pk))["Location"]
    job = jobs.run_to_end(Job.objects.get().pk)
    book = load_workbook(BytesIO(client.get(f"{progress}file/").getvalue()))

    assert job.state == "done"
    assert book.sheetnames == ["概况", "物料平衡", "县区进度", "主体名单", "经过"]
    assert book["经过"]["B1"].value == "时间"
    back = client.get(progress).context["back_url"]
    assert back.startswith(page("recall", recall.pk))


@pytest.mark.django_db
def test_a_holder_of_very_many_batches_can_answer_for_all_of_them() -> None:
    chain, many = make_chain(), 201
    held = [bare_batch(chain.shop) for _ in range(many)]
    Link.objects.bulk_create(
        Link(child_id=each.pk, parent_id=chain.start.pk, kind=LinkKind.TRANSFER, quantity=1)
        for each in held
    )
    recall = make_recall(chain.start)

    sent = {f"b{batch.pk}-left": "1" for batch in [*held, chain.in_shop]}
    response = shopkeeper(chain.shop).post(page("recall_notice", recall.pk), sent)

    assert response.status_code == 302
    answered = RecallBatch.objects.filter(operator_id=chain.shop.pk, left__isnull=False)
    assert answered.count() == many + 1
    assert LINES_SHOWN * len(PARTS) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


@pytest.mark.django_db
def test_other_deliveries_hide_no_recalled_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traceability.queries.recall_notices.WAITING_SHOWN", 1)
    chain = make_chain()
    make_incoming(chain.canteen)
    sell(chain.dealt, chain.canteen, quantity=Decimal(3))
    make_incoming(chain.canteen)
    recall = make_recall(chain.start)

    found = find_notice(
        owner_of(chain.canteen), chain.canteen, recall.pk, on=clock.business_day(AT)
    )

    assert [said.split()[-1] for said in found.waiting] == [f"3{chain.dealt.unit}"]


@pytest.mark.django_db
def test_the_report_and_the_league_are_printed() -> None:
    chain = make_chain()
    drill = make_recall(chain.start, is_drill=True)
    answer(chain.shop, drill)
    client = officer()

    assert "召回演练总结报告" in text(client, page("recall_report", drill.pk))
    assert "市南区" in text(client, page("recall_league"))


@pytest.mark.django_db
def test_an_officer_freezes_and_releases_by_code() -> None:
    batch = batch_of(make_purchase())
    code, client = labels.label_of(batch).code, officer()

    client.post(page("holds"), {"code": code, "reason": "样品待检"})
    shown = text(client, page("holds"))
    assert "样品待检" in shown
    assert f"{batch.name} {batch.specification}" in shown
    assert f"?code={code}" in shown
    assert budget(client, page("holds")) <= 9
    again = client.post(page("holds"), {"code": code, "reason": "样品待检"})
    assert "已经冻结" in again.content.decode()
    client.post(page("holds"), {"code": code, "reason": "复检合格", "release": "yes"})

    assert Hold.objects.in_force().count() == 0


@pytest.mark.django_db
def test_the_page_of_holds_lies_under_recalls_in_the_menu() -> None:
    nav = officer().get(page("holds")).context["nav"]

    assert [item["label"] for item in nav if item["current"]] == ["召回"]
