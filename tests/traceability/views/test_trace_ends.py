"""What a trace says of goods that went into no further batch, and of batches that are stopped."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.chains import bare_batch, make_chain, province_officer, sell
from tests.builders.recalls import make_recall
from tests.builders.traceability import batch_of, make_partner, make_purchase, sale_draft
from traceability.models import Batch, IncomingDraft
from traceability.operations import holds, incoming, recalls, sales

pytestmark = pytest.mark.django_db


def province() -> Client:
    person = build.make_person(name="监管员")
    build.give_role(person, Role.PROVINCE_OFFICER, division=build.make_province())
    client = Client()
    client.force_login(person)
    return client


def address(batch: Batch) -> str:
    return f"/bureau/trace/{batch.pk}/"


def untraced(row: Any) -> list[tuple[str, Decimal]]:
    return [tuple(part) for part in row.untraced]


def test_the_start_and_the_list_say_what_went_into_no_further_batch() -> None:
    chain = make_chain()
    for name, quantity, is_outside in (("沧州粮油", 20, True), ("早市摊", 2, False)):
        partner = make_partner(chain.dealer, name=name, is_outside_province=is_outside)
        sales.record_sales(
            by=build.owner_of(chain.dealer),
            operator=chain.dealer,
            drafts=[sale_draft(chain.dealt, partner, quantity=Decimal(quantity))],
            at=build.AT,
        )

    at_start = province().get(address(chain.dealt))
    above = province().get(address(chain.start))

    expected = [("等购货者确认", 1), ("售往省外", 20), ("卖给没有注册的单位", 2)]
    assert untraced(at_start.context["started"]) == expected
    assert "售往省外 20" in at_start.content.decode()
    assert untraced(listed(above, chain.dealt)) == expected
    # What was accepted is in the buyer's batch, and names beyond sight stay there.
    assert "沧州粮油" not in above.content.decode()
    assert untraced(listed(above, chain.in_shop)) == []


def listed(answer: Any, batch: Batch, side: str = "down") -> Any:
    [page] = [page for page in answer.context["sides"] if page.side == side]
    [row] = [row for row in page.nodes.rows if row.node.batch_id == batch.pk]
    return row


def test_goods_that_only_wait_do_not_read_as_lost_track_of() -> None:
    seller, buyer = build.make_operator(is_wholesale=True), build.make_operator()
    batch = batch_of(make_purchase(seller))
    sale = sell(batch, buyer)
    waiting = province().get(address(batch))
    draft = IncomingDraft.objects.get(sale_id=sale.pk)
    incoming.refuse_incoming(
        by=build.owner_of(buyer),
        operator=buyer,
        incoming_ids=[draft.pk],
        reason="破损",
        at=build.AT,
    )
    refused = province().get(address(batch))

    assert untraced(waiting.context["started"]) == [("等购货者确认", sale.quantity)]
    assert "没有对应得上的去向" not in waiting.content.decode()
    assert untraced(refused.context["started"]) == [("拒收或少收退回", sale.quantity)]


def test_an_end_at_the_start_says_why_on_both_sides() -> None:
    shop = build.make_operator()
    text = province().get(address(bare_batch(shop))).content.decode()

    assert "零售或供餐给消费者" in text
    assert "没有进货记录" in text


def test_stopped_and_drilled_batches_are_marked() -> None:
    chain = make_chain()
    recall = make_recall(chain.dealt)
    make_recall(chain.in_canteen, is_drill=True)

    answer = province().get(address(chain.dealt))

    assert "召回中" in [sign.label for sign in answer.context["started"].signs]
    assert f"/bureau/recalls/{recall.pk}/" in answer.content.decode()
    labels = [sign.label for sign in listed(answer, chain.in_canteen).signs]
    assert labels == ["召回中", "演练中"]
    assert listed(answer, chain.start, "up").signs == ()


@pytest.mark.parametrize(
    ("end", "expected"), [("finish_recall", ["已召回"]), ("cancel_recall", [])]
)
def test_a_finished_recall_stays_on_the_batch_and_a_cancelled_does_not(
    end: str, expected: list[str]
) -> None:
    chain = make_chain()
    recall = make_recall(chain.in_shop)
    if end == "finish_recall":
        facts = {"note": "都追回了", "accepts_unanswered": True}
    else:
        facts = {"reason": "弄错了批次"}
    getattr(recalls, end)(by=province_officer(), recall_id=recall.pk, at=build.AT, **facts)

    answer = province().get(address(chain.in_shop))

    assert [sign.label for sign in answer.context["started"].signs] == expected


def test_a_frozen_batch_is_marked() -> None:
    chain = make_chain()
    holds.hold_batches(
        by=province_officer(), batch_ids=[chain.dealt.pk], reason="样品待复检", at=build.AT
    )

    answer = province().get(address(chain.start))

    assert [sign.label for sign in listed(answer, chain.dealt).signs] == ["已冻结"]
