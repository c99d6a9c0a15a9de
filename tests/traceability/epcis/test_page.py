"""The operator's EPCIS page, and what pages show of events."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from enterprises.models import Operator
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.enterprises import make_operator
from tests.builders.systems import make_subscription
from tests.builders.traceability import make_product
from tests.traceability.epcis.test_capture import capture
from tests.traceability.epcis.test_records import BUYER, GTIN, SELLER, handed_over, known, lot
from traceability.epcis.params import read_query
from traceability.epcis_forms import WANTED, SubscriptionForm
from traceability.models import EpcisQuery, EpcisSubscription, OperatorNumber, Purchase

pytestmark = pytest.mark.django_db
BUDGET = 9


def owner(operator: Operator) -> Client:
    person = build.make_person()
    build.give_role(person, Role.OWNER, operator=operator)
    client = Client()
    client.force_login(person)
    client.get("/help/")
    return client


def test_a_gln_is_registered_and_withdrawn(django_assert_max_num_queries: Any) -> None:
    operator = make_operator()
    client = owner(operator)

    client.post("/my/epcis/", {"gln": "690 1234 000009"})
    with django_assert_max_num_queries(BUDGET):
        page = client.get("/my/epcis/")

    assert OperatorNumber.objects.get().operator == operator
    assert "6901234000009" in page.content.decode()
    client.post("/my/epcis/glns/6901234000009/withdraw/")
    assert not OperatorNumber.objects.exists()


def test_a_wrong_number_comes_back_with_the_reason() -> None:
    page = owner(make_operator()).post("/my/epcis/", {"gln": "6901234000008"})

    assert page.status_code == 422
    assert "校验位不对" in page.content.decode()


@pytest.mark.parametrize("count", [1, 6])
def test_subscriptions_are_listed_with_what_became_of_them(
    count: int, django_assert_max_num_queries: Any
) -> None:
    operator = make_operator()
    for number in range(count):
        make_subscription(operator, name=f"q{number}", schedule={"hour": "2", "dayOfWeek": "[1-5]"})
    EpcisSubscription.objects.update(failed_count=1, last_error="连不上对方的服务器。")
    client = owner(operator)

    with django_assert_max_num_queries(BUDGET):
        text = client.get("/my/epcis/subscriptions/").content.decode()

    assert text.count("周一至周五，2时") == count
    assert text.count("连不上对方的服务器。") == count


def test_a_subscription_is_stopped_and_a_strangers_is_not() -> None:
    operator = make_operator()
    subscription = make_subscription(operator)
    address = f"/my/epcis/subscriptions/{subscription.pk}/stop/"

    assert owner(make_operator()).post(address).status_code == 404
    assert EpcisSubscription.objects.exists()
    assert owner(operator).post(address).status_code == 302
    assert not EpcisSubscription.objects.exists()


def test_a_batch_that_came_as_an_event_says_so() -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, gtin=GTIN)
    capture(buyer, handed_over("receiving", lot("L1", 12)))
    batch = Purchase.objects.get().batch_id
    client = owner(buyer)

    page = client.get(f"/my/batches/{batch}/").content.decode()
    uploads = client.get("/my/epcis/").content.decode()

    assert "经 EPCIS 上传的事件" in page
    assert "收货" in page
    assert "全部收下" in uploads
    officer = build.make_person()
    build.give_role(officer, Role.COUNTY_OFFICER, division=buyer.county)
    client.force_login(officer)
    assert "经 EPCIS 上传的事件" in client.get(f"/bureau/trace/{batch}/").content.decode()


ADD = "/my/epcis/subscriptions/add/"
ASKED = {"name": "到货-总仓", "wanted": "receiving", "dest": "https://erp.example.com/epcis"}


def test_a_subscription_is_made_by_form(django_assert_max_num_queries: Any) -> None:
    operator = make_operator()
    client = owner(operator)

    with django_assert_max_num_queries(BUDGET):
        assert client.get(ADD).status_code == 200
    done = client.post(ADD, ASKED)

    assert done["Location"] == "/my/epcis/subscriptions/"
    made = EpcisSubscription.objects.select_related("query").get()
    assert (made.query.operator_id, made.query.name) == (operator.pk, "到货-总仓")
    assert made.query.query == {"EQ_bizStep": ["receiving", "accepting"]}
    assert (made.destination, made.schedule, made.system_id) == (ASKED["dest"], None, None)
    assert "到货-总仓" in client.get("/my/epcis/subscriptions/").content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "请填写名称"),
        ({"name": "到 货"}, "查询名称用字母"),
        ({"dest": "http://erp.example.com/"}, "https://"),
        ({"dest": "https://127.0.0.1/"}, "公网域名"),
        ({"wanted": ""}, "请选择订阅哪些事件"),
    ],
)
def test_a_wrong_subscription_comes_back_and_keeps_nothing(
    changes: dict[str, str], said: str
) -> None:
    page = owner(make_operator()).post(ADD, ASKED | changes)

    assert page.status_code == 422
    assert said in page.content.decode()
    assert not EpcisSubscription.objects.exists()
    assert not EpcisQuery.objects.exists()


def test_a_name_serves_one_subscription_made_by_form() -> None:
    client = owner(make_operator())
    client.post(ADD, ASKED)

    again = client.post(ADD, ASKED)

    assert again.status_code == 422
    assert EpcisSubscription.objects.count() == 1


@pytest.mark.parametrize("wanted", WANTED)
def test_every_choice_is_a_query_of_the_standard(wanted: str) -> None:
    form = SubscriptionForm(ASKED | {"wanted": wanted})

    assert form.is_valid()
    assert read_query(form.query).biz_steps == WANTED[wanted][1]
