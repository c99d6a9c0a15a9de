"""The task force's pages: province, bulletins, thresholds and targets."""

from __future__ import annotations

import uuid
from io import BytesIO

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry, Job
from enterprises.operations import jobs
from enterprises.roles import Role
from supervision.models import Bulletin, IndicatorTarget, MonthFreeze, ValueChange
from tests.builders import enterprises as build
from tests.supervision.views.bureau import MONTH, buys_on, count_numbers, shop, signed_in

pytestmark = pytest.mark.django_db
OCTOBER = "?month=2026-10"
BUDGET = 17


def task_force() -> Client:
    return signed_in(Role.TASK_FORCE, division=build.make_province())


def draft(client: Client, **facts: str) -> Bulletin:
    press(client, **facts)
    jobs.run_to_end(Job.objects.latest("id").pk)
    return Bulletin.objects.latest("revision")


def press(client: Client, **facts: str) -> HttpResponse:
    """The form sent; its month may be empty."""
    asked = {"month": "2026-10", "is_confirmed": "on", **facts}
    return client.post("/bureau/bulletins/", asked)


def test_ranks_the_cities_and_names_the_weakest_counties() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    far = build.make_county(
        code="370202", name="市南区", city=build.make_city(code="370200", name="青岛市")
    )
    shop(township=build.make_township(county=far))
    count_numbers()

    answer = task_force().get(f"/taskforce/{OCTOBER}")

    assert [row.division.name for row, _ in answer.context["children"]] == ["济南市", "青岛市"]
    assert [row.division.name for row, _ in answer.context["weakest"]] == ["市南区", "历下区"]


def test_costs_a_fixed_number_of_queries() -> None:
    shop()
    count_numbers()
    client = task_force()

    with CaptureQueriesContext(connection) as queries:
        client.get(f"/taskforce/{OCTOBER}")

    assert len(queries) <= BUDGET


def test_drafts_a_bulletin_and_freezes_its_month() -> None:
    shop()
    count_numbers()

    bulletin = draft(task_force())

    assert (bulletin.month, bulletin.revision) == (MONTH, 1)
    assert MonthFreeze.objects.filter(pk=MONTH).exists()


def test_the_page_of_the_job_leads_to_its_bulletin() -> None:
    client = task_force()
    page = press(client)["Location"]
    waiting = client.get(page)

    jobs.run_to_end(Job.objects.get().pk)

    bulletin = Bulletin.objects.get()
    assert waiting.status_code == 200
    assert "取消" in waiting.content.decode()
    assert client.get(page)["Location"] == f"/bureau/bulletins/{bulletin.pk}/"
    fragment = client.get(page, headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == f"/bureau/bulletins/{bulletin.pk}/"


def test_two_presses_are_one_job_and_one_bulletin() -> None:
    client, key = task_force(), str(uuid.uuid4())
    first, second = (press(client, submit_key=key)["Location"] for _ in range(2))
    jobs.run_to_end(Job.objects.get().pk)

    assert first == second == press(client, submit_key=key)["Location"]
    assert (Job.objects.count(), Bulletin.objects.count()) == (1, 1)


def test_a_colleague_joins_the_work_but_cannot_stop_it() -> None:
    page = press(task_force())["Location"]
    colleague = task_force()

    assert press(colleague)["Location"] == page
    assert "取消" not in colleague.get(page).content.decode()
    assert colleague.post(f"{page}cancel/").status_code == 404
    assert Job.objects.get().state == "queued"


def test_a_cancelled_draft_leaves_the_month_open() -> None:
    client = task_force()
    page = press(client)["Location"]

    answer = client.post(f"{page}cancel/", follow=True)

    assert answer.redirect_chain == [("/bureau/bulletins/", 302)]
    assert "已取消" in answer.content.decode()
    assert Job.objects.get().state == "cancelled"
    assert not MonthFreeze.objects.exists()


def test_a_county_officer_does_not_see_the_job() -> None:
    page = press(task_force())["Location"]

    assert signed_in(Role.COUNTY_OFFICER, division=build.make_county()).get(page).status_code == 404


def test_an_empty_month_is_drafted_only_knowingly() -> None:
    client = task_force()
    shop()
    count_numbers()

    doubted = client.post("/bureau/bulletins/", {"month": "2026-10"})

    assert doubted.status_code == 422
    assert "2026年10月没有一条记录" in doubted.content.decode()
    assert 'name="is_confirmed"' in doubted.content.decode()
    assert not Job.objects.exists()
    assert draft(client).revision == 1


def test_a_month_with_records_is_not_doubted() -> None:
    buys_on(shop(), 5)
    count_numbers()

    answer = task_force().post("/bureau/bulletins/", {"month": "2026-10"})

    assert answer.status_code == 302
    assert 'name="is_confirmed"' not in task_force().get("/bureau/bulletins/").content.decode()


def test_a_draft_is_thrown_away_with_a_reason() -> None:
    client = task_force()
    bulletin = draft(client)
    page = f"/jobs/{Job.objects.get().pk}/"

    unsaid = client.post(f"/bureau/bulletins/{bulletin.pk}/discard/", {"reason": ""})
    kept = Bulletin.objects.count()
    done = client.post(f"/bureau/bulletins/{bulletin.pk}/discard/", {"reason": "选错了月份"})

    assert (unsaid.status_code, kept) == (422, 1)
    assert "请写明为什么删除" in unsaid.content.decode()
    assert done["Location"] == "/bureau/bulletins/"
    entry = AuditEntry.objects.get(event="bulletin_discarded")
    assert (entry.reason, entry.details["sha256"]) == ("选错了月份", bulletin.sha256)
    assert not Bulletin.objects.exists()
    assert MonthFreeze.objects.filter(pk=MONTH).exists()
    assert "后来被删除了" in client.get(page).content.decode()
    assert draft(client).revision == 1


def test_a_second_draft_of_the_month_asks_for_its_reason() -> None:
    client = task_force()
    draft(client)

    answer = press(client)

    assert answer.status_code == 422
    assert "请写明更正原因" in answer.content.decode()
    assert Bulletin.objects.count() == 1


def test_a_correction_is_a_new_revision_beside_the_first() -> None:
    client = task_force()
    draft(client)

    assert draft(client, reason="历下区数据补报").revision == 2


def test_the_running_month_cannot_be_frozen() -> None:
    answer = task_force().post("/bureau/bulletins/", {"month": "2026-11"})

    assert answer.status_code == 422
    assert Bulletin.objects.count() == 0


@pytest.mark.parametrize("month", ["2019-12", "9999-12", "2026-13", ""])
def test_a_month_that_was_not_offered_is_refused(month: str) -> None:
    answer = task_force().post("/bureau/bulletins/", {"month": month})

    assert answer.status_code == 422
    assert answer.context["form"].errors["month"]
    assert not Bulletin.objects.exists()


def test_the_workbook_says_what_the_dashboard_says() -> None:
    buys_on(shop(), 5, 6, 7, 8)
    shop()
    count_numbers()
    client = task_force()
    bulletin = draft(client)

    shown = client.get(f"/taskforce/{OCTOBER}").context["children"][0][0].value("activity")
    answer = client.get(f"/bureau/bulletins/{bulletin.pk}/bulletin.xlsx")

    cells = [
        cell
        for row in load_workbook(BytesIO(answer.content))["各市排名"].iter_rows(values_only=True)
        for cell in row
        if row[1] == "济南市" or row[0] == "济南市"
    ]
    assert {shown.numerator, shown.denominator} <= set(cells)
    assert float(shown.rate) in [float(each) for each in cells if isinstance(each, int | float)]
    assert AuditEntry.objects.filter(event="list_exported", about="bulletin").exists()


def test_an_unknown_bulletin_does_not_exist() -> None:
    assert task_force().get("/bureau/bulletins/1/").status_code == 404


def test_shows_thresholds_and_targets_with_their_basis() -> None:
    text = task_force().get("/taskforce/parameters/").content.decode()

    assert "注册率" in text
    assert "示范、创建城市" in text


def test_a_target_changes_once_a_second_person_approves_and_keeps_its_past() -> None:
    facts = {
        "value": "65",
        "effective_from": "2026-12",
        "legal_basis": "省局通知第三条",
        "reason": "正式目标发布",
    }

    first, second = task_force(), task_force()
    first.post("/taskforce/parameters/activity/?tier=base", facts)
    page = f"/bureau/changes/{ValueChange.objects.get().pk}/"
    values = IndicatorTarget.objects.filter(indicator="activity", tier="base")
    own = first.post(page, {"decision": "approve", "reason": "自己批准"})

    assert (own.status_code, values.count()) == (422, 1)
    labels = [item.label for item in second.get("/bureau/waiting/").context["waiting"]]
    assert "数值修改待批准" in labels
    assert "数值修改待批准" not in first.get("/bureau/waiting/").content.decode()
    assert "等您批准" in second.get("/taskforce/parameters/").content.decode()
    assert second.post(page, {"decision": "approve", "reason": "已核对"}).status_code == 302
    assert [int(each.value_percent) for each in values.order_by("effective_from")] == [60, 65]


def test_a_refused_value_says_why_and_changes_nothing() -> None:
    facts = {"value": "120", "effective_from": "2026-12", "legal_basis": "某文", "reason": "试"}

    answer = task_force().post("/taskforce/parameters/activity/?tier=base", facts)

    assert answer.status_code == 422
    assert "数值不能超过" in answer.content.decode()
    assert IndicatorTarget.objects.filter(indicator="activity", tier="base").count() == 1


def test_an_unknown_threshold_does_not_exist() -> None:
    assert task_force().get("/taskforce/parameters/nothing/").status_code == 404


def test_a_county_officer_prepares_no_bulletin() -> None:
    client = signed_in(Role.COUNTY_OFFICER, division=build.make_county())

    assert client.get("/taskforce/").status_code == 403
    assert client.post("/bureau/bulletins/", {"month": "2026-10"}).status_code == 422
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("page", "approver"),
    [
        ("/taskforce/cities/", "另一位专班人员"),
        ("/taskforce/parameters/activity/?tier=base", "另一位专班人员"),
        ("/bureau/evaluation/weights/", "另一位有权限的同事"),
    ],
)
def test_a_proposal_says_who_approves_it(page: str, approver: str) -> None:
    text = task_force().get(page).content.decode()

    [form] = [part for part in text.split("</form>") if f"提出后由{approver}批准" in part]
    assert "csrfmiddlewaretoken" in form.split("<form")[-1]
    assert 'name="reason"' in form
