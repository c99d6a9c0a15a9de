"""The pages of the sandbox and of suspected duplicates."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from enterprises.models import Operator, SandboxTrial
from enterprises.roles import Role
from shilian import clock
from shilian.db.ids import new_id
from tests.builders import enterprises as build
from tests.builders.enterprises import AT, make_operator
from tests.builders.systems import SignedClient, make_system
from traceability.models import DuplicateSuspect, Purchase

pytestmark = pytest.mark.django_db
HEAD = "进场日期,菜品,净重,批发商"


def owner(operator: Operator) -> Client:
    client = Client()
    held = build.give_role(build.make_person(), Role.OWNER, operator=operator)
    client.force_login(held.person)
    return client


def county() -> Client:
    client = Client()
    held = build.give_role(build.make_person(), Role.COUNTY_OFFICER, division=build.make_county())
    client.force_login(held.person)
    return client


def attempt(client: Client, *rows: str, **said: Any) -> Any:
    sheet = SimpleUploadedFile("菜场.csv", "\n".join([HEAD, *rows]).encode())
    neutral = {"kind": "purchases", "source": "market", "sheet": sheet, "system": ""}
    neutral["month"] = f"{clock.today():%Y-%m}"
    return client.post(reverse("traceability:sandbox"), neutral | said, follow=True)


def suspect(operator: Operator) -> DuplicateSuspect:
    return DuplicateSuspect.objects.create(
        operator=operator, division_id=operator.division_id, county_id=operator.county_id,
        kind="purchase", record_id=new_id(), earlier_id=2, channel="api", earlier_channel="market",
        happened_on=date(2026, 11, 9), name="白菜", partner_name="批发商", quantity=1,
        unit="公斤", found_at=AT,
    )  # fmt: skip


def test_tries_a_channels_export_for_a_system():
    operator = make_operator()
    system = make_system(operator)
    today = clock.today()

    page = attempt(
        owner(operator), f"{today},白菜,20,北园批发", f"{today},,5,北园批发", system=str(system.pk)
    )

    trial = SandboxTrial.objects.get()
    assert (trial.sent_count, trial.good_count, trial.system) == (2, 1, system)
    assert "请填写食品名称" in page.content.decode()
    assert "还差 7 天" in page.content.decode()
    assert not Purchase.objects.exists()


def test_a_trial_through_the_interface_names_fields_and_items():
    operator = make_operator()
    signed = SignedClient(make_system(operator))
    day, good = (
        f"{clock.today()}",
        {"product_name": "白菜", "supplier_name": "北园", "unit": "公斤"},
    )
    items = [good | {"purchased_on": day, "quantity": 1}, *[good | {"purchased_on": day}] * 2]
    signed.post("/api/v1/sandbox/purchases", {"items": items})

    page = owner(operator).get(reverse("traceability:trial", args=[SandboxTrial.objects.get().pk]))

    text = page.content.decode()
    assert text.count("请填写数量") == 1
    assert "<strong>quantity</strong>" in text
    assert "第 2、3 条" in text


def test_a_file_that_is_no_sheet_is_told_at_its_field():
    page = attempt(owner(make_operator()), sheet=SimpleUploadedFile("a.pdf", b"%PDF-1.7 " * 90))

    assert page.status_code == 422
    assert page.context["form"].errors["sheet"]
    assert not SandboxTrial.objects.exists()


def test_a_channel_without_such_a_sheet_is_told():
    page = attempt(
        owner(make_operator()), f"{clock.today()},白菜,20,北园", source="canteen", kind="sales"
    )

    assert page.status_code == 422
    assert "source" in page.context["form"].errors


def test_the_operator_sees_its_pairs_and_keeps_both():
    operator = make_operator()
    pair = suspect(operator)
    client = owner(operator)

    page = client.get(reverse("traceability:duplicates"))
    client.post(reverse("traceability:duplicate_decide", args=[pair.pk]), {"decision": "different"})

    assert "白菜" in page.content.decode()
    pair.refresh_from_db()
    assert pair.state == DuplicateSuspect.State.DIFFERENT


def test_the_county_lists_waiting_pairs_first():
    pair = suspect(make_operator())
    client = county()

    page = client.get(reverse("traceability:suspects"))
    client.post(reverse("traceability:suspect_keep", args=[pair.pk]))

    assert [row.pk for row in page.context["suspects"]] == [pair.pk]
    assert not client.get(reverse("traceability:suspects")).context["suspects"]


@pytest.mark.parametrize(
    ("name", "most"), [("traceability:sandbox", 10), ("traceability:duplicates", 9)]
)
def test_own_pages_take_a_fixed_number_of_queries(name, most, django_assert_max_num_queries):
    operator = make_operator()
    suspect(operator)
    client = owner(operator)

    with django_assert_max_num_queries(most):
        assert client.get(reverse(name)).status_code == 200


def test_the_countys_list_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    for _ in range(3):
        suspect(make_operator())
    client = county()

    with django_assert_max_num_queries(8):
        assert client.get(reverse("traceability:suspects")).status_code == 200


def test_pairs_that_wait_are_told_on_the_first_page() -> None:
    operator = make_operator()
    client = owner(operator)
    before = client.get(reverse("traceability:home")).content.decode()
    pair = suspect(operator)

    told = client.get(reverse("traceability:home")).content.decode()
    DuplicateSuspect.objects.filter(pk=pair.pk).update(state=DuplicateSuspect.State.SAME)
    after = client.get(reverse("traceability:home")).content.decode()

    assert "有 1 对记录像是同一笔货传了两遍" in told
    assert reverse("traceability:duplicates") in told
    assert "传了两遍" not in before
    assert "传了两遍" not in after
