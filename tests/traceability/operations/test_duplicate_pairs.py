"""Suspected pairs whose records are put right or declared void afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from enterprises.models import Operator
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.traceability.operations.test_duplicates import DAY, State, find, record, suspect_of
from traceability.models import Batch, Channel, DuplicateSuspect, Purchase, RecordState, Sale
from traceability.operations import duplicates, purchases, sales
from traceability.rules.purchases import PurchaseDraft
from traceability.rules.sales import SaleDraft

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def correct(operator: Operator, purchase_id: int, **changed: Any) -> Purchase:
    """The record again with something changed, as its operator puts it right."""
    old = Purchase.objects.get(pk=purchase_id)
    draft = PurchaseDraft(
        product_id=old.product_id,
        supplier_id=old.partner_id,
        purchased_on=old.purchased_on,
        quantity=old.quantity,
        unit=old.unit,
    )
    return purchases.correct_purchase(
        by=owner_of(operator),
        operator=operator,
        purchase_id=purchase_id,
        draft=replace(draft, **changed),
        reason="补凭证号",
        at=AT,
    )


@pytest.mark.parametrize("side", ["record_id", "earlier_id"])
def test_a_pair_tells_of_the_corrected_version(side: str) -> None:
    operator = make_operator()
    suspect = suspect_of(operator)

    new = correct(operator, getattr(suspect, side), voucher_number="V-1")
    find()

    pair = DuplicateSuspect.objects.get()
    assert (pair.pk, getattr(pair, side), pair.state) == (suspect.pk, new.pk, State.WAITING)
    duplicates.decide_duplicate(by=owner_of(operator), suspect=pair, is_same=True, at=AT)
    left = Purchase.objects.get(state=RecordState.CURRENT)
    assert left.pk == pair.earlier_id


@pytest.mark.parametrize("side", ["record_id", "earlier_id"])
def test_what_was_decided_stays_decided(side: str) -> None:
    operator = make_operator()
    suspect = suspect_of(operator)
    duplicates.decide_duplicate(by=owner_of(operator), suspect=suspect, is_same=False, at=AT)

    correct(operator, getattr(suspect, side), voucher_number="V-1")
    find()

    assert DuplicateSuspect.objects.values_list("state", flat=True).get() == State.DIFFERENT


@pytest.mark.parametrize(
    "changed", [{"quantity": Decimal(11)}, {"purchased_on": DAY - timedelta(days=1)}]
)
def test_a_correction_that_tells_something_else_ends_the_pair(changed: dict[str, Any]) -> None:
    operator = make_operator()
    suspect = suspect_of(operator)

    correct(operator, suspect.record_id, **changed)

    pair = DuplicateSuspect.objects.get()
    assert (pair.state, pair.decided_name) == (State.DIFFERENT, owner_of(operator).name)
    assert find() == 0


def test_a_pair_of_which_one_is_void_waits_for_nobody() -> None:
    operator = make_operator()
    suspect = suspect_of(operator)

    purchases.void_purchase(
        by=owner_of(operator),
        operator=operator,
        purchase_id=suspect.earlier_id,
        reason="录重了",
        at=AT,
    )

    assert DuplicateSuspect.objects.values_list("state", flat=True).get() == State.SAME


def test_a_pair_of_sales_goes_along_and_keeps_its_channel() -> None:
    operator = make_operator()
    batch = Batch.objects.get(pk=record(operator, channel=Channel.FORM, quantity=100).batch_id)
    draft = SaleDraft(
        batch_id=batch.pk,
        buyer_id=Purchase.objects.get().partner_id or 0,
        quantity=Decimal(10),
        unit=batch.unit,
        sold_on=DAY,
    )
    for channel in (Channel.MARKET, Channel.API):
        by = replace(owner_of(operator), channel=channel)
        sales.record_sales(by=by, operator=operator, drafts=[draft], at=AT)
    find()
    suspect = DuplicateSuspect.objects.get()

    new = sales.correct_sale(
        by=owner_of(operator),
        operator=operator,
        sale_id=suspect.record_id,
        draft=replace(draft, voucher_number="V-1"),
        reason="补凭证号",
        at=AT,
    )

    suspect.refresh_from_db()
    assert (suspect.record_id, suspect.state) == (new.pk, State.WAITING)
    assert Sale.objects.get(pk=new.pk).channel == Channel.API
