"""What an answer to a recall starts with by the books, and what it is asked about once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from enterprises.models import Membership, Operator
from tests.builders.chains import make_chain, pass_on
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.recalls import make_recall
from tests.builders.traceability import TODAY, batch_of, make_purchase, make_sale
from traceability.models import Batch, Recall, RecallBatch, RecallEvent
from traceability.operations import movements
from traceability.queries.recall_notices import NoticeLine
from traceability.rules.movements import MovementDraft
from traceability.rules.recalls import PARTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def page(recall: Recall) -> str:
    return reverse("traceability:recall_notice", args=[recall.pk])


def keeper(operator: Operator) -> Client:
    client = Client()
    client.force_login(Membership.objects.filter(operator=operator).first().person)
    return client


def opened(operator: Operator, recall: Recall) -> tuple[NoticeLine, dict[str, str], str]:
    """The only line, what stands in its fields, and the page."""
    answer = keeper(operator).get(page(recall))
    [(line, form)] = answer.context["lines"]
    return line, {part: form[part].value() for part in PARTS}, answer.content.decode()


def bought(operator: Operator, quantity: int) -> Batch:
    return batch_of(make_purchase(operator, quantity=Decimal(quantity)))


def move(operator: Operator, batch: Batch, kind: str, quantity: int) -> None:
    draft = MovementDraft(kind, batch.pk, Decimal(quantity), TODAY, "搬运时破损")
    movements.record_movements(by=owner_of(operator), operator=operator, drafts=[draft], at=AT)


def test_what_was_lost_is_not_suggested_as_sold() -> None:
    shop = make_operator()
    batch = bought(shop, 10)
    move(shop, batch, "loss", 2)
    move(shop, batch, "destruction", 1)

    _, filled, text = opened(shop, make_recall(batch))

    assert filled == {"left": "7", "recovered": "0", "sold": "0", "destroyed": "3"}
    assert "账上记了损耗或销毁 3 " in text


def test_what_was_sent_back_is_not_suggested_as_sold() -> None:
    shop = make_operator()
    batch = bought(shop, 10)
    move(shop, batch, "return", 4)
    make_sale(shop, make_operator(), batch=batch, quantity=Decimal(1))

    _, filled, text = opened(shop, make_recall(batch))

    assert filled == {"left": "5", "recovered": "0", "sold": "1", "destroyed": "0"}
    assert "账上退给供货者 4 " in text


def test_who_passed_on_more_than_it_got_has_nothing_to_tell_of() -> None:
    shop, buyer = make_operator(is_wholesale=True), make_operator()
    batch = bought(shop, 10)
    pass_on(batch, buyer, quantity=Decimal(9))
    recall = make_recall(batch)
    RecallBatch.objects.filter(recall=recall, batch_id=batch.pk).update(passed_on=13)

    line, filled, text = opened(shop, recall)

    assert (line.to_account_for, line.oversold) == (0, 3)
    assert set(filled.values()) == {"0"}
    assert "要说明 -3" not in text
    assert "账上转出的比进的多 3 " in text


def send(client: Client, recall: Recall, batch: Batch, left: int, confirmed: str) -> HttpResponse:
    return client.post(page(recall), {f"b{batch.pk}-left": str(left), "confirmed": confirmed})


def told(recall: Recall, batch: Batch) -> Decimal | None:
    return RecallBatch.objects.get(recall=recall, batch_id=batch.pk).left


def test_more_than_there_can_be_is_asked_about_once_at_its_field() -> None:
    chain = make_chain()
    recall, batch = make_recall(chain.in_shop, tells_upstream=False), chain.in_shop
    client = keeper(chain.shop)

    asked = send(client, recall, batch, 100, "")

    assert asked.status_code == 422
    [(_, form)] = asked.context["lines"]
    [doubt] = form.warnings_for("left")
    assert "多于应当说明的5" in doubt
    assert asked.context["warnings"] == [doubt]
    assert (told(recall, batch), RecallEvent.objects.filter(kind="answered").exists()) == (
        None,
        False,
    )

    done = send(client, recall, batch, 100, asked.context["confirm_key"])

    assert done.status_code == 302
    assert told(recall, batch) == 100
    assert RecallEvent.objects.get(kind="answered").details["warnings"] == ["more_than_received"]


def test_another_number_than_the_one_confirmed_is_asked_about_again() -> None:
    chain = make_chain()
    recall, batch = make_recall(chain.in_shop, tells_upstream=False), chain.in_shop
    client = keeper(chain.shop)
    asked = send(client, recall, batch, 100, "")

    again = send(client, recall, batch, 1000, asked.context["confirm_key"])

    assert again.status_code == 422
    assert told(recall, batch) is None
