"""Corrections of goods that a run took up or gave out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from enterprises.models import Operator
from tests.builders.enterprises import AT, owner_of
from tests.builders.runs import output, run_draft, taken
from tests.builders.traceability import batch_of, make_purchase
from tests.traceability.operations.test_correct_purchases import draft_of
from traceability.models import Purchase
from traceability.operations import purchase_rows, purchases, runs
from traceability.queries import stock

pytestmark = pytest.mark.django_db


def correct_purchase(purchase: Purchase, **changes: Any) -> Purchase:
    operator = Operator.objects.get(pk=purchase.operator_id)
    return purchases.correct_purchase(
        by=owner_of(operator),
        operator=operator,
        purchase_id=purchase.pk,
        draft=draft_of(purchase, **changes),
        reason="看错",
        at=AT,
    )


@pytest.mark.django_db(transaction=True)
def test_a_purchase_is_corrected_while_its_batch_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have begun, and each is about to lock, before either goes on."""
    purchase = make_purchase(quantity=Decimal(100))
    batch, shop = batch_of(purchase), Operator.objects.get(pk=purchase.operator_id)
    both = Barrier(2, timeout=15)
    gather, lock = purchase_rows.gather_facts, stock.locked_batches

    def gather_together(*args: Any, **options: Any) -> Any:
        both.wait()
        return gather(*args, **options)

    def lock_together(*args: Any, **options: Any) -> Any:
        both.wait()
        return lock(*args, **options)

    monkeypatch.setattr(purchase_rows, "gather_facts", gather_together)
    monkeypatch.setattr(stock, "locked_batches", lock_together)
    parts = run_draft("split", [taken(batch, 10)], [output(None, 5), output(None, 5)])

    def done(action: Any) -> Any:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        corrected = pool.submit(done, lambda: correct_purchase(purchase, quantity=Decimal(90)))
        split = pool.submit(
            done,
            lambda: runs.record_run(by=owner_of(shop), operator=shop, draft=parts, at=AT),
        )

    assert corrected.result().quantity == 90
    assert len(split.result()) == 2
