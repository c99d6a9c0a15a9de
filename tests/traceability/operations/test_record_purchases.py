from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry, OperatorState
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_partner,
    make_product,
    purchase_draft,
)
from traceability.models import Batch, MonthMark, Purchase, Submission
from traceability.operations import purchases
from traceability.queries import proofs

pytestmark = pytest.mark.django_db


def record(operator, *drafts, **more):
    return purchases.record_purchases(
        by=owner_of(operator), operator=operator, drafts=list(drafts), at=AT, **more
    )


def test_a_purchase_becomes_a_batch_in_the_operators_hands():
    operator = make_operator()
    product = make_product(operator, name="花生油", specification="5升", unit="桶")
    supplier = make_partner(operator, name="鲁花经销处")

    [purchase] = record(operator, purchase_draft(product, supplier, quantity=Decimal("2.5")))

    batch = batch_of(purchase)
    assert (batch.name, batch.quantity, batch.unit) == ("花生油", Decimal("2.5"), "桶")
    assert batch.expires_on == date(2027, 11, 1)
    assert (batch.operator_id, batch.county_id) == (operator.pk, operator.county_id)


def test_what_comes_back_is_what_is_stored():
    operator = make_operator()
    draft = purchase_draft(make_product(operator), make_partner(operator), raw={"数量": "１０"})

    [returned] = record(operator, draft)

    stored = Purchase.objects.get()
    for field in Purchase._meta.concrete_fields:
        if field.attname not in ("raw", "leaf_hash", "leaf_salt"):
            assert getattr(returned, field.attname) == getattr(stored, field.attname), field
    assert stored.raw == {"数量": "１０"}
    assert bytes(stored.leaf_hash) == returned.leaf_hash


def test_the_leaf_can_be_recomputed_from_the_stored_rows():
    operator = make_operator()
    draft = purchase_draft(make_product(operator), make_partner(operator), quantity=Decimal("1.5"))

    record(operator, draft)

    stored = Purchase.objects.get()
    facts = proofs.stored_batch_facts(batch_of(stored))
    assert proofs.stored_leaf(stored, facts) == bytes(stored.leaf_hash)


def test_the_first_record_makes_the_operator_a_user():
    operator = make_operator(state=OperatorState.ACTIVATED)

    record(operator, purchase_draft(make_product(operator), make_partner(operator)))

    operator.refresh_from_db()
    assert (operator.state, operator.using_at) == (OperatorState.USING, AT)


def test_the_touched_month_is_marked_and_one_audit_row_written():
    operator = make_operator()
    draft = purchase_draft(make_product(operator), make_partner(operator))

    record(operator, draft, draft)

    assert MonthMark.objects.get().month == date(2026, 11, 1)
    entry = AuditEntry.objects.get(event="purchases_recorded")
    assert (entry.operator_id, entry.count) == (operator.pk, 2)


def test_a_second_press_returns_the_first_records():
    operator = make_operator()
    draft = purchase_draft(make_product(operator), make_partner(operator))
    key = uuid4()

    first = record(operator, draft, submit_key=key)
    second = record(operator, draft, submit_key=key)

    assert [p.pk for p in second] == [p.pk for p in first]
    assert Purchase.objects.count() == 1


def test_a_refused_press_leaves_the_key_free():
    operator = make_operator()
    draft = purchase_draft(make_product(operator), make_partner(operator))
    key = uuid4()

    with pytest.raises(Rejected):
        record(operator, replace(draft, quantity=Decimal(0)), submit_key=key)

    assert not Submission.objects.exists()
    assert len(record(operator, draft, submit_key=key)) == 1


def test_every_fault_of_every_row_is_told_and_nothing_is_written():
    operator = make_operator()
    draft = purchase_draft(make_product(operator), make_partner(operator))
    bad = replace(draft, quantity=Decimal(0), unit="坨", row=3)
    worse = replace(draft, purchased_on=TODAY + timedelta(days=1), row=4)

    with pytest.raises(Rejected) as refused:
        record(operator, draft, bad, worse)

    told = [(p.row, p.code) for p in refused.value.problems]
    assert told == [
        (3, "quantity_not_positive"),
        (3, "unit_unknown"),
        (4, "purchased_on_in_future"),
    ]
    assert not Batch.objects.exists()
    assert not Purchase.objects.exists()
    assert not AuditEntry.objects.filter(event="purchases_recorded").exists()


def test_goods_and_supplier_of_another_operator_are_unknown():
    operator, stranger = make_operator(), make_operator()
    draft = purchase_draft(make_product(stranger), make_partner(stranger))

    with pytest.raises(Rejected) as refused:
        record(operator, draft)

    assert refused.value.codes == ["product_unknown", "supplier_unknown"]


def test_an_actor_of_another_operator_finds_nothing():
    operator = make_operator()
    draft = purchase_draft(make_product(operator), make_partner(operator))

    with pytest.raises(OutOfScope):
        purchases.record_purchases(
            by=owner_of(make_operator()), operator=operator, drafts=[draft], at=AT
        )


def test_a_doubtful_record_is_kept_with_its_warnings():
    operator = make_operator()
    supplier = make_partner(operator, licence_valid_until=TODAY - timedelta(days=1))
    old = purchase_draft(make_product(operator), supplier, produced_on=date(2025, 11, 1))

    [purchase] = record(operator, old)

    assert purchase.warnings == ["supplier_licence_expired", "already_expired"]


def test_missing_legal_fields_are_kept_with_the_record():
    operator = make_operator()
    draft = purchase_draft(
        make_product(operator, specification=""),
        make_partner(operator, address=""),
        produced_on=None,
        voucher_number="",
    )

    [purchase] = record(operator, draft)

    assert purchase.missing == [
        "specification",
        "produced_on_or_batch_number",
        "supplier_address",
        "voucher",
    ]


def test_the_number_of_queries_does_not_grow_with_the_drafts():
    operator = make_operator(state=OperatorState.USING)
    product, supplier = make_product(operator), make_partner(operator)
    actor = owner_of(operator)
    draft = purchase_draft(product, supplier)
    other = purchase_draft(make_product(operator), make_partner(operator))

    def queries(drafts):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            purchases.record_purchases(by=actor, operator=operator, drafts=drafts, at=AT)
        return len(captured)

    assert queries([draft]) == queries([draft, other] * 50)


def test_a_partner_registered_meanwhile_is_linked_by_its_code():
    operator, other = make_operator(), make_operator()
    supplier = make_partner(operator, credit_code=other.credit_code)

    [purchase] = record(operator, purchase_draft(make_product(operator), supplier))

    supplier.refresh_from_db()
    assert purchase.supplier_operator_id == supplier.linked_operator_id == other.pk
