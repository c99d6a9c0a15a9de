from __future__ import annotations

from decimal import Decimal

import pytest

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry, Operator
from shilian.problems import Rejected
from tests.builders.chains import lixia
from tests.builders.enterprises import AT, make_operator, officer_of, owner_of
from tests.builders.recalls import make_recall
from tests.builders.traceability import TODAY
from tests.traceability.operations.test_returns import on_hand, send_back, sold, take_back
from traceability.models import Batch, BatchRevision, Hold, Link, ReturnedGoods
from traceability.operations import movements, returns
from traceability.operations.holds import hold_batches
from traceability.rules.movements import MovementDraft

pytestmark = pytest.mark.django_db


def void_take_back(seller: Operator, returned: ReturnedGoods, reason: str = "点错了") -> None:
    returns.void_take_back(
        by=owner_of(seller), operator=seller, returned_id=returned.pk, reason=reason, at=AT
    )


def refused_void(seller: Operator, returned: ReturnedGoods, reason: str = "点错了") -> list[str]:
    before = ReturnedGoods.objects.filter(pk=returned.pk).values().get()
    with pytest.raises(Rejected) as found:
        void_take_back(seller, returned, reason)
    assert ReturnedGoods.objects.filter(pk=returned.pk).values().get() == before
    return found.value.codes


def test_a_mistaken_take_back_is_undone_and_the_return_waits_again() -> None:
    seller, buyer = make_operator(), make_operator()
    first, theirs = sold(seller, buyer)
    returned = send_back(buyer, theirs)
    back = take_back(seller, returned, quantity=Decimal(2), reason="少了一袋")

    void_take_back(seller, returned)

    returned.refresh_from_db()
    assert (returned.state, returned.received_batch_id, returned.reason) == ("waiting", None, "")
    assert Batch.objects.get(pk=back.pk).state == "voided"
    assert not Link.objects.filter(child_id=back.pk).exists()
    assert (on_hand(theirs), on_hand(first)) == (1, 6)
    assert BatchRevision.objects.get(batch_id=back.pk).reason == "点错了"
    assert AuditEntry.objects.get(event="take_back_voided").operator_id == seller.pk
    again = take_back(seller, returned)
    assert (again.quantity, on_hand(theirs)) == (3, 1)


def test_a_take_back_on_which_something_stands_is_not_undone() -> None:
    seller, buyer = make_operator(), make_operator()
    returned = send_back(buyer, sold(seller, buyer)[1])
    assert refused_void(seller, returned) == ["not_taken_back"]
    back = take_back(seller, returned)
    assert refused_void(seller, returned, " ") == ["reason_missing"]
    draft = MovementDraft("loss", back.pk, Decimal(1), TODAY, "包装破损")
    movements.record_movements(by=owner_of(seller), operator=seller, drafts=[draft], at=AT)

    assert refused_void(seller, returned) == ["batch_already_used"]
    assert Batch.objects.get(pk=back.pk).state == "current"
    with pytest.raises(OutOfScope):
        void_take_back(buyer, returned)


def test_what_the_buyer_got_back_and_used_is_not_taken_from_it() -> None:
    seller, buyer = make_operator(), make_operator()
    _, theirs = sold(seller, buyer)
    returned = send_back(buyer, theirs)
    take_back(seller, returned, quantity=Decimal(1), reason="少了两袋")
    draft = MovementDraft("loss", theirs.pk, Decimal(2), TODAY, "包装破损")
    movements.record_movements(by=owner_of(buyer), operator=buyer, drafts=[draft], at=AT)

    assert refused_void(seller, returned) == ["given_back_already_used"]
    assert on_hand(theirs) == 1


def test_a_take_back_that_the_bureau_froze_is_not_undone() -> None:
    seller, buyer = make_operator(), make_operator()
    returned = send_back(buyer, sold(seller, buyer)[1])
    back = take_back(seller, returned)
    hold_batches(by=officer_of(lixia()), batch_ids=[back.pk], reason="等检验结果", at=AT)

    assert refused_void(seller, returned) == ["held_by_bureau"]
    assert Hold.objects.in_force().filter(batch_id=back.pk).exists()


def test_what_is_frozen_for_its_recall_can_be_undone_and_is_frozen_again() -> None:
    seller, buyer = make_operator(), make_operator()
    first, theirs = sold(seller, buyer)
    make_recall(first)
    returned = send_back(buyer, theirs)
    take_back(seller, returned)

    void_take_back(seller, returned)

    assert not Hold.objects.in_force().exists()
    returned.refresh_from_db()
    assert Hold.objects.in_force().get(batch_id=take_back(seller, returned).pk).is_official
