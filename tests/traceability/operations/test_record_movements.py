from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry, Operator
from shilian.problems import Rejected, errors
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.runs import make_split
from tests.builders.traceability import TODAY, batch_of, make_purchase
from traceability.models import Batch, Hold, MonthMark, ReturnedGoods, StockMovement
from traceability.operations import holds, movements
from traceability.queries import proofs, stock
from traceability.rules.movements import MovementDraft

pytestmark = pytest.mark.django_db


def bought(operator: Operator, quantity: int = 10) -> Batch:
    return batch_of(make_purchase(operator, quantity=Decimal(quantity)))


def draft_of(batch: Batch, kind: str = "loss", **facts: Any) -> MovementDraft:
    draft = MovementDraft(kind, batch.pk, Decimal(4), TODAY, "搬运时破损")
    return replace(draft, **facts)


def record(operator: Operator, *drafts: MovementDraft, **more: Any) -> list[StockMovement]:
    return movements.record_movements(
        by=owner_of(operator), operator=operator, drafts=drafts, at=AT, **more
    )


def on_hand(batch: Batch) -> Decimal:
    operator = Operator.objects.get(pk=batch.operator_id)
    return stock.batch_facts(operator, [batch.pk], on=TODAY)[batch.pk].on_hand


def refused(operator: Operator, *drafts: MovementDraft) -> list[str]:
    with pytest.raises(Rejected) as found:
        record(operator, *drafts)
    assert not StockMovement.objects.exists()
    assert not ReturnedGoods.objects.exists()
    return [problem.code for problem in found.value.problems if not problem.is_warning]


@pytest.mark.parametrize("kind", ["loss", "destruction", "return"])
def test_what_left_otherwise_is_no_longer_in_stock(kind: str) -> None:
    shop = make_operator()
    batch = bought(shop)
    MonthMark.objects.all().delete()

    [movement] = record(shop, draft_of(batch, kind, voucher_number="X-1"))

    assert on_hand(batch) == 6
    assert (movement.kind, movement.unit, movement.cause) == (kind, batch.unit, "搬运时破损")
    assert proofs.is_proven(shop, StockMovement.objects.get(pk=movement.pk), batch)
    assert AuditEntry.objects.get(event="movements_recorded").details["kinds"] == [kind]
    assert MonthMark.objects.filter(operator_id=shop.pk).exists()


def test_a_return_to_somebody_outside_is_done_at_once() -> None:
    shop = make_operator()
    batch = bought(shop)

    [movement] = record(shop, draft_of(batch, "return"))

    assert movement.supplier_name
    assert not ReturnedGoods.objects.exists()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": "theft"}, "movement_unknown"),
        ({"cause": " "}, "cause_missing"),
        ({"cause": "破" * 201}, "cause_too_long"),
        ({"quantity": Decimal(0)}, "quantity_not_positive"),
        ({"quantity": Decimal("NaN")}, "quantity_not_a_number"),
        ({"quantity": Decimal("0.0001")}, "quantity_too_precise"),
        ({"quantity": Decimal("10.001")}, "more_than_on_hand"),
        ({"moved_on": TODAY + timedelta(days=1)}, "moved_on_in_future"),
        ({"moved_on": TODAY - timedelta(days=1)}, "moved_before_received"),
        ({"evidence_ids": (1,)}, "evidence_unknown"),
    ],
)
def test_a_movement_that_cannot_be(facts: dict[str, Any], code: str) -> None:
    shop = make_operator()
    batch = bought(shop)

    assert refused(shop, draft_of(batch, **facts)) == [code]
    assert on_hand(batch) == 10


def test_nobody_throws_away_the_goods_of_others() -> None:
    assert refused(make_operator(), draft_of(bought(make_operator()))) == ["batch_unknown"]


def test_only_bought_goods_go_back_and_no_more_than_was_bought() -> None:
    shop = make_operator()
    batch = bought(shop)
    part, _ = make_split(batch, 3, 2)

    assert refused(shop, draft_of(part, "return", quantity=Decimal(1))) == ["return_not_bought"]
    twice = draft_of(batch, "return", quantity=Decimal("5.001"))
    assert refused(shop, twice, twice) == ["more_than_on_hand"] + [
        "more_than_was_bought",
        "more_than_on_hand",
    ]


def test_each_fault_names_its_batch_and_carries_its_row() -> None:
    shop = make_operator()
    first, second = bought(shop), bought(shop)
    drafts = [
        draft_of(first, "return", quantity=Decimal(1), row=0),
        draft_of(second, "return", quantity=Decimal(11), row=1),
    ]

    with pytest.raises(Rejected) as refusal:
        record(shop, *drafts, short_confirmed=True)

    [problem] = errors(refusal.value.problems)
    assert (problem.code, problem.field, problem.row) == ("more_than_was_bought", "quantity", 1)
    assert second.name in problem.message
    assert not StockMovement.objects.exists()


def test_nothing_asked_is_nothing_done() -> None:
    shop = make_operator()
    before = AuditEntry.objects.count()

    assert record(shop) == []
    assert AuditEntry.objects.count() == before
    assert not MonthMark.objects.exists()


def test_more_than_is_there_needs_a_knowing_press() -> None:
    shop = make_operator()
    batch = bought(shop)

    [movement] = record(shop, draft_of(batch, quantity=Decimal(11)), short_confirmed=True)

    assert movement.warnings == ["more_than_on_hand"]
    assert on_hand(batch) == -1


def test_frozen_goods_are_not_sent_away_and_destroyed_only_knowingly() -> None:
    shop = make_operator()
    batch = bought(shop)
    holds.hold_batches(by=owner_of(shop), batch_ids=[batch.pk], reason="等检验结果", at=AT)
    assert Hold.objects.get().batch_id == batch.pk

    assert refused(shop, draft_of(batch, "return")) == ["batch_held"]
    [movement] = record(shop, draft_of(batch, "destruction"))
    assert movement.warnings == ["held_goods_moved"]


def test_a_second_press_finds_the_first() -> None:
    shop, key = make_operator(), uuid4()
    draft = draft_of(bought(shop))

    assert record(shop, draft, submit_key=key) == record(shop, draft, submit_key=key)
    assert StockMovement.objects.count() == 1


def test_a_voided_loss_is_in_stock_again_and_stays_on_record() -> None:
    shop = make_operator()
    batch = bought(shop)
    [movement] = record(shop, draft_of(batch))
    asked = {"by": owner_of(shop), "operator": shop, "movement_id": movement.pk, "at": AT}

    with pytest.raises(Rejected) as found:
        movements.void_movement(reason=" ", **asked)  # type: ignore[arg-type]
    assert found.value.codes == ["reason_missing"]
    movements.void_movement(reason="找到了", **asked)  # type: ignore[arg-type]

    assert on_hand(batch) == 10
    assert StockMovement.objects.values_list("state", "reason").get() == ("voided", "找到了")
    with pytest.raises(Rejected) as found:
        movements.void_movement(reason="找到了", **asked)  # type: ignore[arg-type]
    assert found.value.codes == ["already_voided"]


def test_a_loss_is_voided_by_its_operator_alone() -> None:
    shop, stranger = make_operator(), make_operator()
    [movement] = record(shop, draft_of(bought(shop)))

    with pytest.raises(OutOfScope):
        movements.void_movement(
            by=owner_of(stranger),
            operator=stranger,
            movement_id=movement.pk,
            reason="误",
            at=AT,
        )


def test_many_losses_cost_no_more_queries_than_one(
    django_assert_max_num_queries: Any,
) -> None:
    shop = make_operator()
    drafts = [draft_of(bought(shop)) for _ in range(20)]
    by = owner_of(shop)

    with django_assert_max_num_queries(14):
        movements.record_movements(by=by, operator=shop, drafts=drafts, at=AT)
