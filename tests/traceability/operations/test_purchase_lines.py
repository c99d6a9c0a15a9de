"""Uploads are written with moulds; every row must be the one that recording by hand writes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from shilian.clock import business_day
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import TODAY, make_partner, make_product, purchase_draft
from traceability.models import Batch, Purchase
from traceability.operations import purchase_lines, purchase_rows, purchase_uploads, purchases
from traceability.queries import proofs
from traceability.rules import purchases as rules
from traceability.rules.purchases import Verdicts

pytestmark = pytest.mark.django_db

AWKWARD = "100%纯\\N“引”\"号'%(id)s𠮷"
OWN_TO_EACH = {"id", "batch_id", "leaf_salt", "leaf_hash", "token_salt"}
VARIED = [
    {},
    {"quantity": Decimal("0.125")},
    {"quantity": Decimal("1E+3")},
    {"batch_number": ""},
    {"produced_on": None},
    {"produced_on": None, "batch_number": ""},
    {"voucher_number": "P-1"},
    {"voucher_number": AWKWARD, "batch_number": AWKWARD, "origin_place": AWKWARD},
    {"raw": {"数量": "１０\t\n", AWKWARD: AWKWARD}},
    {"unit": "千克"},
    {"purchased_on": TODAY - timedelta(days=40), "produced_on": TODAY - timedelta(days=41)},
]


@pytest.fixture(autouse=True)
def _no_moulds():
    purchase_lines._moulds.clear()


def upload(operator, drafts):
    facts = purchase_rows.gather_facts(operator, drafts)
    today = business_day(AT)
    found = rules.check_each_purchase(drafts, facts, today=today)
    return purchase_uploads.record_uploaded(
        by=owner_of(operator),
        operator=operator,
        drafts=drafts,
        at=AT,
        arrived={},
        verdicts=Verdicts(facts, found, today),
    )


def facts_of(record) -> dict:
    names = [field.attname for field in record._meta.concrete_fields]
    return {name: getattr(record, name) for name in names if name not in OWN_TO_EACH}


def test_an_uploaded_purchase_is_stored_as_one_recorded_by_hand():
    operator = make_operator()
    product, supplier = make_product(operator, name=AWKWARD), make_partner(operator, name=AWKWARD)
    drafts = [purchase_draft(product, supplier, **varied) for varied in VARIED]
    by_hand = purchases.record_purchases(
        by=owner_of(operator), operator=operator, drafts=drafts, at=AT
    )
    uploaded = upload(operator, drafts)

    for varied, hand, new in zip(VARIED, by_hand, uploaded, strict=True):
        expected, found = (Purchase.objects.get(pk=pk) for pk in (hand.pk, new.purchase_id))
        assert facts_of(found) == facts_of(expected), varied
        there, here = (Batch.objects.get(pk=each.batch_id) for each in (expected, found))
        assert facts_of(here) == facts_of(there), varied
        assert here.token_salt == new.token_salt
        assert proofs.is_proven(operator, found, here), varied


def test_goods_of_one_mould_keep_what_is_their_own():
    operator = make_operator()
    product, supplier = make_product(operator), make_partner(operator)
    drafts = [
        purchase_draft(product, supplier, batch_number=f"L{n}", voucher_number=f"P{n}")
        for n in range(3)
    ]
    upload(operator, drafts)
    uploaded = upload(operator, drafts)

    assert len(purchase_lines._moulds) == 1
    stored = [Purchase.objects.get(pk=each.purchase_id) for each in uploaded]
    assert [each.voucher_number for each in stored] == ["P0", "P1", "P2"]
    batches = [Batch.objects.get(pk=each.batch_id) for each in stored]
    assert [each.batch_number for each in batches] == ["L0", "L1", "L2"]


@pytest.mark.parametrize(
    "change",
    [{"specification": "改过"}, {"origin": "烟台"}, {"shelf_life_value": 3}, {"maker_name": "厂"}],
)
def test_a_product_that_changed_gets_another_mould(change):
    operator = make_operator()
    product, supplier = make_product(operator), make_partner(operator)
    drafts = [purchase_draft(product, supplier, origin_place="")]
    upload(operator, drafts)
    for name, value in change.items():
        setattr(product, name, value)
    product.save()
    [new] = upload(operator, drafts)

    batch = Batch.objects.get(pk=new.batch_id)
    [hand] = purchases.record_purchases(
        by=owner_of(operator), operator=operator, drafts=drafts, at=AT
    )
    assert facts_of(batch) == facts_of(Batch.objects.get(pk=hand.batch_id))


def test_a_warning_stays_with_its_own_record():
    operator = make_operator()
    product = make_product(operator)
    usual = make_partner(operator, name="常来的")
    lapsed = make_partner(operator, name="证过期的", licence_valid_until=date(2020, 1, 1))
    drafts = [purchase_draft(product, one) for one in (usual, lapsed, usual)]

    uploaded = upload(operator, drafts)

    stored = [Purchase.objects.get(pk=each.purchase_id) for each in uploaded]
    assert [each.warnings for each in stored] == [[], ["supplier_licence_expired"], []]
    for each in stored:
        assert proofs.is_proven(operator, each, Batch.objects.get(pk=each.batch_id))


def test_the_moulds_that_are_kept_stay_few(monkeypatch):
    monkeypatch.setattr(purchase_lines, "KEPT_MOULDS", 2)
    operator = make_operator()
    supplier = make_partner(operator)
    products = [make_product(operator, name=f"货{n}") for n in range(5)]

    upload(operator, [purchase_draft(product, supplier) for product in products])

    assert len(purchase_lines._moulds) <= 2
    assert Purchase.objects.count() == 5
