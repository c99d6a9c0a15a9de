"""A chain through three bureaus, made by the real operations, and cases about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from enterprises.actor import Actor
from enterprises.models import Division, Operator, Sector
from enterprises.roles import Role
from tests.builders.enterprises import (
    AT,
    make_city,
    make_county,
    make_operator,
    make_province,
    make_station,
    make_township,
    officer_of,
    owner_of,
)
from tests.builders.traceability import batch_of, make_purchase, make_sale
from traceability.models import Batch, IncomingDraft, Sale, TraceCase
from traceability.operations import cases, incoming
from traceability.rules.cases import CaseDraft
from traceability.rules.incoming import AcceptDraft


@dataclass(frozen=True)
class Chain:
    """The wholesaler's goods went to a dealer next door, and from there to three buyers.

    ``shop`` is in another city, ``canteen`` back in the wholesaler's county, ``silent`` has not
    answered yet.
    """

    wholesaler: Operator
    dealer: Operator
    shop: Operator
    canteen: Operator
    silent: Operator
    start: Batch
    dealt: Batch
    in_shop: Batch
    in_canteen: Batch

    @property
    def batch_ids(self) -> set[int]:
        return {batch.pk for batch in (self.start, self.dealt, self.in_shop, self.in_canteen)}


def lixia() -> Division:
    return make_county()


def shizhong() -> Division:
    return make_county(code="370103", name="市中区")


def shinan() -> Division:
    return make_county(code="370202", name="市南区", city=make_city(code="370200", name="青岛市"))


def make_chain() -> Chain:
    station = make_station()
    next_door, elsewhere = make_township(county=shizhong()), make_township(county=shinan())
    wholesaler = make_operator(name="历下批发", station=station, is_wholesale=True)
    dealer = make_operator(name="市中批发", township=next_door, is_wholesale=True)
    shop = make_operator(name="青岛小店", township=elsewhere)
    canteen = make_operator(name="历下食堂", sector=Sector.CATERING)
    silent = make_operator(name="没有回音的店", township=elsewhere)
    start = batch_of(make_purchase(wholesaler, quantity=Decimal(100)))
    dealt = pass_on(start, dealer, quantity=Decimal(50))
    in_shop = pass_on(dealt, shop, quantity=Decimal(5))
    in_canteen = pass_on(dealt, canteen, quantity=Decimal(6))
    make_sale(dealer, silent, batch=dealt, quantity=Decimal(1))
    return Chain(wholesaler, dealer, shop, canteen, silent, start, dealt, in_shop, in_canteen)


def pass_on(batch: Batch, buyer: Operator, **facts: Any) -> Batch:
    """Sell some of the batch; the buyer accepts, and has the returned batch."""
    sale = sell(batch, buyer, **facts)
    draft = IncomingDraft.objects.get(sale_id=sale.pk)
    [purchase] = incoming.accept_incoming(
        by=owner_of(buyer), operator=buyer, drafts=[AcceptDraft(draft.pk)], at=AT
    )
    return batch_of(purchase)


def sell(batch: Batch, buyer: Operator, **facts: Any) -> Sale:
    return make_sale(Operator.objects.get(pk=batch.operator_id), buyer, batch=batch, **facts)


def bare_batch(operator: Operator, **facts: Any) -> Batch:
    """A batch without papers, for graphs that no operation would make."""
    neutral: dict[str, Any] = {
        "division_id": operator.division_id,
        "county_id": operator.county_id,
        "product_id": 1,
        "name": "面粉",
        "unit": "袋",
        "origin_kind": "purchased",
        "quantity": Decimal(1),
        "received_on": AT.date(),
        "recorded_at": AT,
        "token_salt": 7,
    }
    return Batch.objects.create(operator=operator, **(neutral | facts))


def province_officer() -> Actor:
    return officer_of(make_province(), Role.PROVINCE_OFFICER)


def city_officer() -> Actor:
    return officer_of(make_city(), Role.CITY_OFFICER)


def case_draft(*starts: Batch, **facts: Any) -> CaseDraft:
    draft = CaseDraft("failed_sample", "抽检编号一", tuple(batch.pk for batch in starts))
    return replace(draft, **facts)


def make_case(*starts: Batch, by: Actor | None = None, **facts: Any) -> TraceCase:
    """A case that a county officer asked for and nobody has decided."""
    by = by or officer_of(lixia())
    return cases.request_case(by=by, draft=case_draft(*starts, **facts), at=AT)


def make_open_case(*starts: Batch, by: Actor | None = None, **facts: Any) -> TraceCase:
    """The same, opened by the province."""
    case = make_case(*starts, by=by, **facts)
    return cases.approve_case(by=province_officer(), case_id=case.pk, at=AT)


def later(days: int) -> datetime:
    return AT + timedelta(days=days)
