from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import (
    inspection_draft,
    make_inspection,
    make_made_batch,
    make_producer,
)
from tests.builders.traceability import TODAY, batch_of, make_purchase
from traceability.models import FactoryInspection
from traceability.operations import inspections, production
from traceability.queries import gates, proofs

pytestmark = pytest.mark.django_db


def test_a_passed_inspection_is_a_complete_record() -> None:
    inspection = make_inspection(
        make_made_batch(make_producer()), items="菌落总数", inspector="赵六"
    )

    stored = FactoryInspection.objects.get(pk=inspection.pk)
    assert (stored.result, stored.certificate_number, stored.items) == (
        "passed",
        "HG-1",
        "菌落总数",
    )
    assert stored.missing == []
    assert stored.retain_until == date(2028, 5, 10)


def test_the_leaf_can_be_recomputed_from_the_stored_rows() -> None:
    batch = make_made_batch(make_producer())

    stored = FactoryInspection.objects.get(pk=make_inspection(batch).pk)

    facts = proofs.stored_batch_facts(type(batch).objects.get(pk=batch.pk))
    assert proofs.stored_leaf(stored, facts) == bytes(stored.leaf_hash)


def test_a_failed_batch_needs_no_certificate() -> None:
    batch = make_made_batch(make_producer())

    inspection = make_inspection(batch, result="failed", certificate_number="")

    assert inspection.missing == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"certificate_number": " "}, "certificate_number_missing"),
        ({"result": "maybe"}, "result_unknown"),
        ({"inspected_on": TODAY + timedelta(days=1)}, "inspected_on_in_future"),
        ({"inspected_on": date(2026, 11, 9)}, "inspected_before_production"),
        ({"evidence_ids": (7,)}, "evidence_unknown"),
        ({"items": "项" * 201}, "items_too_long"),
    ],
)
def test_refuses_what_cannot_be(facts: dict[str, Any], code: str) -> None:
    batch = make_made_batch(make_producer())

    with pytest.raises(Rejected) as refused:
        make_inspection(batch, **facts)

    assert refused.value.codes == [code]
    assert FactoryInspection.objects.count() == 0
    assert not AuditEntry.objects.filter(event="inspections_recorded").exists()


def test_bought_goods_have_no_factory_inspection() -> None:
    batch = batch_of(make_purchase())

    with pytest.raises(Rejected) as refused:
        make_inspection(batch)

    assert refused.value.codes == ["batch_not_own_made"]


def test_another_operators_batch_looks_like_none() -> None:
    stranger = make_operator()
    foreign = make_made_batch(make_producer())

    with pytest.raises(Rejected) as refused:
        production.record_inspections(
            by=owner_of(stranger), operator=stranger, drafts=[inspection_draft(foreign)], at=AT
        )

    assert refused.value.codes == ["batch_unknown"]


def test_a_voided_inspection_counts_no_more() -> None:
    batch = make_made_batch(make_producer())
    inspection = make_inspection(batch)
    by = owner_of(batch.operator)

    inspections.void_inspection(
        by=by, operator=batch.operator, inspection_id=inspection.pk, reason="证号写错", at=AT
    )

    stored = FactoryInspection.objects.get(pk=inspection.pk)
    assert (stored.state, stored.reason, stored.certificate_number) == (
        "voided",
        "证号写错",
        "HG-1",
    )
    assert gates.latest_verdicts(batch.operator, [batch.pk]) == {}
    assert AuditEntry.objects.get(event="inspection_voided").reason == "证号写错"


def test_an_inspection_is_voided_once_and_only_by_its_operator() -> None:
    batch = make_made_batch(make_producer())
    said = {"inspection_id": make_inspection(batch).pk, "reason": "写错", "at": AT}
    stranger = make_operator()

    with pytest.raises(OutOfScope):
        inspections.void_inspection(by=owner_of(stranger), operator=stranger, **said)
    owner = {"by": owner_of(batch.operator), "operator": batch.operator}
    inspections.void_inspection(**owner, **said)
    with pytest.raises(Rejected) as refused:
        inspections.void_inspection(**owner, **said)

    assert refused.value.codes == ["already_voided"]
