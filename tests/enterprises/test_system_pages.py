"""The pages of the register: the operator's, the bureau's, and what each may do there."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from enterprises.models import (
    AuditEntry,
    Membership,
    Operator,
    SelfBuiltSystem,
    SystemAlert,
    SystemClient,
)
from enterprises.operations import systems as uploads
from enterprises.roles import Role
from shilian import clock
from tests.builders import enterprises as build
from tests.builders.enterprises import AT, make_operator
from tests.builders.numbers import make_system

pytestmark = pytest.mark.django_db
FORM = {
    "name": "进销存",
    "kind": "own",
    "vendor": "软件公司",
    "sector": "circulation",
    "docking": "api",
    "record_kinds": ["purchases"],
    "due_weekdays": ["0", "1", "2", "3", "4"],
    "contact_name": "李四",
    "contact_phone": "13800000001",
}


def client_of(held: Membership) -> Client:
    client = Client()
    client.force_login(held.person)
    return client


def owner(operator: Operator) -> Client:
    return client_of(build.give_role(build.make_person(), Role.OWNER, operator=operator))


def officer(role: Role = Role.COUNTY_OFFICER, sector: str = "") -> Client:
    divisions = {
        Role.COUNTY_OFFICER: build.make_county,
        Role.CITY_OFFICER: build.make_city,
        Role.PROVINCE_OFFICER: build.make_province,
    }
    held = build.give_role(build.make_person(), role, division=divisions[role]())
    Membership.objects.filter(pk=held.pk).update(sector=sector)
    return client_of(held)


def fed_system(operator: Operator) -> SelfBuiltSystem:
    """A system in service with two weeks of uploads, some of them refused."""
    today = clock.today()
    system = make_system(operator, since=today - timedelta(days=14))
    SelfBuiltSystem.objects.filter(pk=system.pk).update(
        sector="circulation", contact_name="李四", contact_phone="13800000001"
    )
    for back in range(14, 0, -1):
        uploads.count_upload(
            system.pk, today - timedelta(days=back), sent=10, accepted=9, late=1,
            errors={"unit_unknown": 1}, at=AT,
        )  # fmt: skip
    return system


def test_from_application_to_key():
    operator = make_operator()
    shop = owner(operator)

    applied = shop.post(reverse("enterprises:system_apply"), FORM)
    system = SelfBuiltSystem.objects.get()
    for client in (
        officer(),
        officer(Role.CITY_OFFICER),
        officer(Role.PROVINCE_OFFICER, "circulation"),
    ):
        page = client.get(reverse("enterprises:system_entry", args=[system.pk]))
        assert "审核" in page.content.decode()
        done = client.post(
            reverse("enterprises:system_decide", args=[system.pk]), {"decision": "approve"}
        )
        assert done.status_code == 302
    issued = shop.post(reverse("enterprises:system_key_new", args=[system.pk]))
    again = shop.get(reverse("enterprises:own_system", args=[system.pk]))

    secret = issued.context["issued"].secret
    assert applied.status_code == 302
    assert secret in issued.content.decode()
    assert secret not in again.content.decode()
    assert issued.context["issued"].key_id in again.content.decode()


def test_a_faulty_application_comes_back_with_every_sentence():
    page = owner(make_operator()).post(
        reverse("enterprises:system_apply"),
        FORM | {"name": "", "record_kinds": [], "contact_phone": "1"},
    )

    assert page.status_code == 422
    assert "请填写系统名称" in page.content.decode()
    assert "请勾选系统会上传哪些记录" in page.content.decode()
    assert "手机号应为11位数字" in page.content.decode()
    assert not SelfBuiltSystem.objects.exists()


def test_a_refusal_without_a_reason_stays_on_the_page():
    shop = make_operator()
    owner(shop).post(reverse("enterprises:system_apply"), FORM)
    system = SelfBuiltSystem.objects.get()

    page = officer().post(
        reverse("enterprises:system_decide", args=[system.pk]), {"decision": "refuse"}
    )

    assert page.status_code == 422
    assert "请写明退回的原因" in page.content.decode()


def test_what_was_sent_back_is_told_and_handed_in_again_without_typing():
    shop = make_operator()
    applicant = owner(shop)
    applicant.post(reverse("enterprises:system_apply"), FORM)
    system = SelfBuiltSystem.objects.get()
    waiting = applicant.get(reverse("enterprises:own_system", args=[system.pk]))
    said = {"decision": "refuse", "note": "电话打不通，请核对"}
    officer().post(reverse("enterprises:system_decide", args=[system.pk]), said)

    home = applicant.get(reverse("traceability:home"))
    page = applicant.get(reverse("enterprises:own_system", args=[system.pk]))
    form = applicant.get(reverse("enterprises:system_apply"), {"again": system.pk})
    applicant.post(reverse("enterprises:system_apply"), FORM)
    later = applicant.get(reverse("traceability:home"))

    assert "正在等县区局" in waiting.content.decode()
    assert "的登记被退回：电话打不通，请核对" in home.content.decode()
    assert "县区局退回：电话打不通，请核对" in page.content.decode()
    assert form.context["form"].initial["name"] == FORM["name"]
    assert "的登记被退回" not in later.content.decode()


@pytest.mark.parametrize("again", ["x", "9" * 19, "7"])
def test_no_other_system_fills_the_form(again):
    page = owner(make_operator()).get(reverse("enterprises:system_apply"), {"again": again})

    assert page.status_code == (404 if again == "7" else 200)


def test_a_system_that_starts_tomorrow_shows_no_weeks_and_the_key_first():
    system = make_system(make_operator(), since=clock.today() + timedelta(days=1))

    page = owner(system.operator).get(reverse("enterprises:own_system", args=[system.pk]))

    text = page.content.decode()
    assert page.context["card"].weeks == ()
    assert "近13周" not in text
    assert text.index("接口密钥") < text.index("健康卡")


def test_what_came_today_is_told_before_it_counts():
    system = make_system(make_operator(), since=clock.today() + timedelta(days=1))
    count = {"sent": 12, "accepted": 9, "duplicates": 1, "errors": {"unit_unknown": 3}}
    uploads.count_upload(system.pk, clock.today(), at=clock.now(), **count)

    page = owner(system.operator).get(reverse("enterprises:own_system", args=[system.pk]))

    text, card = page.content.decode(), page.context["card"]
    assert "上传 12 条，接收 9 条（其中重复 1 条），退回 3 条" in text
    assert [fault.count for fault in card.faults] == [3]
    assert card.recent.due_count == card.this_month.due_count == 0


def test_the_city_is_not_offered_what_waits_for_the_county():
    owner(make_operator()).post(reverse("enterprises:system_apply"), FORM)
    system = SelfBuiltSystem.objects.get()

    page = officer(Role.CITY_OFFICER).get(reverse("enterprises:system_entry", args=[system.pk]))

    assert not page.context["is_turn"]


def test_a_system_of_another_shop_does_not_exist():
    system = fed_system(make_operator())

    page = owner(make_operator()).get(reverse("enterprises:own_system", args=[system.pk]))

    assert page.status_code == 404


def test_the_card_tells_refusals_in_words():
    operator = make_operator()
    system = fed_system(operator)

    page = owner(operator).get(reverse("enterprises:own_system", args=[system.pk]))

    card = page.context["card"]
    assert [(fault.text, fault.count) for fault in card.faults] == [("单位对不上", 14)]
    assert (card.recent.due_count, card.recent.received_count) == (14, 14)
    assert not card.recent.meets_rows
    assert sum(week.figures.due_count for week in card.weeks) == 14


def test_a_silent_system_is_told_at_home_and_in_the_register():
    operator = make_operator()
    system = make_system(operator, since=date(2026, 11, 1))
    SystemAlert.objects.create(
        system=system, silent_since=date(2026, 11, 1), missed_days=3, opened_at=AT
    )

    home = owner(operator).get(reverse("traceability:home"))
    register = officer().get(reverse("enterprises:system_register"), {"show": "silent"})

    assert "没有上传数据" in home.content.decode()
    assert [row.system.pk for row in register.context["rows"]] == [system.pk]


def test_the_register_masks_contacts_and_reveals_them_on_record():
    system = fed_system(make_operator())
    county = officer()

    page = county.get(reverse("enterprises:system_register"))
    told = county.post(reverse("enterprises:system_contact", args=[system.pk]))

    assert "138****0001" in page.content.decode()
    assert "13800000001" not in page.content.decode()
    assert "13800000001" in told.content.decode()
    assert AuditEntry.objects.filter(event="contact_revealed").count() == 1


def test_the_register_is_exported_with_masked_phones():
    fed_system(make_operator())

    answer = officer().get(reverse("enterprises:system_export"))

    book = load_workbook(
        BytesIO(b"".join(answer.streaming_content)) if answer.streaming else BytesIO(answer.content)
    )
    rows = list(book.active.iter_rows(values_only=True))
    head = next(row for row in rows if "系统名称" in row)
    line = rows[rows.index(head) + 1]
    assert line[head.index("联系电话")] == "138****0001"
    assert line[head.index("应传日")] == "每天"


def test_a_neighbouring_county_does_not_see_the_register():
    fed_system(make_operator())
    neighbour = build.make_county(code="370103", name="市中区")
    held = build.give_role(build.make_person(), Role.COUNTY_OFFICER, division=neighbour)

    page = client_of(held).get(reverse("enterprises:system_register"))

    assert page.context["rows"] == []


def test_a_shop_agrees_to_a_channel_on_its_page():
    market, stall = make_operator(), make_operator()
    channel = fed_system(market)
    SelfBuiltSystem.objects.filter(pk=channel.pk).update(kind="market")
    owner(market).post(
        reverse("enterprises:system_claim", args=[channel.pk]),
        {"credit_codes": f"{stall.credit_code}\n"},
    )
    asked = SystemClient.objects.get()
    shop = owner(stall)

    page = shop.get(reverse("enterprises:systems"))
    shop.post(reverse("enterprises:system_client", args=[asked.pk]), {"decision": "agree"})

    assert "请求替您上传" in page.content.decode()
    asked.refresh_from_db()
    assert asked.state == SystemClient.State.CONFIRMED


@pytest.mark.parametrize(
    ("name", "most"),
    [("enterprises:system_register", 12), ("enterprises:systems", 9)],
)
def test_lists_take_a_fixed_number_of_queries(name, most, django_assert_max_num_queries):
    operator = make_operator()
    for number in range(4):
        system = fed_system(operator)
        SelfBuiltSystem.objects.filter(pk=system.pk).update(name=f"系统{number}", state="ended")
    client = officer() if name.endswith("register") else owner(operator)

    with django_assert_max_num_queries(most):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["enterprises:system_entry", "enterprises:own_system"])
def test_one_system_takes_a_fixed_number_of_queries(name, django_assert_max_num_queries):
    operator = make_operator()
    system = fed_system(operator)
    client = officer() if name.endswith("entry") else owner(operator)

    with django_assert_max_num_queries(14):
        assert client.get(reverse(name, args=[system.pk])).status_code == 200
