from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import OutOfScope
from enterprises.roles import Role
from tests.builders import chains
from tests.builders.chains import bare_batch, make_chain, sell
from tests.builders.enterprises import AT, make_operator, make_province, officer_of, owner_of
from tests.builders.production import make_harvest, make_inspection, make_made_batch, make_producer
from tests.builders.traceability import TODAY, batch_of, make_partner, make_purchase, sale_draft
from traceability.graph import holders, lens, nodes
from traceability.graph.own import look_at_own
from traceability.models import IncomingDraft, Link, LinkKind
from traceability.operations import incoming, sales
from traceability.rules.codes import read_code
from traceability.rules.dead_ends import DeadEnd

pytestmark = pytest.mark.django_db


def view_of(batch, direction="down"):
    by = officer_of(make_province(), Role.PROVINCE_OFFICER)
    return lens.look(by, [batch.pk], direction, at=AT)


def ends_of(batch, direction="down", today=TODAY):
    found = nodes.page_of(view_of(batch, direction), today=today).nodes
    return {node.batch_id: node.dead_end for node in found if node.dead_end}


def test_a_node_says_what_lies_where():
    chain = make_chain()

    page = nodes.page_of(view_of(chain.start), today=TODAY)

    assert page.after is None
    first, last = page.nodes[0], page.nodes[-1]
    assert (first.batch_id, first.hop, first.is_start) == (chain.start.pk, 0, True)
    assert (first.holder_name, first.county) == ("历下批发", "济南市历下区")
    assert (first.quantity, first.unit) == (Decimal(100), chain.start.unit)
    assert first.dead_end is None
    assert read_code(first.code).batch_id == chain.start.pk
    assert (last.hop, last.sector_name) == (2, "餐饮")


def test_pages_follow_each_other_in_the_order_of_hop_and_id():
    start = bare_batch(make_operator())
    fan(start, 7)
    view = view_of(start)

    seen, after = [], None
    while True:
        page = nodes.page_of(view, today=TODAY, after=after, size=3)
        seen += [node.batch_id for node in page.nodes]
        after = page.after
        if after is None:
            break

    assert seen == list(view.hops)


def fan(start, count):
    for _ in range(count):
        child = bare_batch(make_operator())
        Link.objects.create(
            parent_id=start.pk, child_id=child.pk, kind=LinkKind.TRANSFER, quantity=1
        )


def test_a_page_may_be_of_one_hop_county_or_link_of_the_chain():
    chain = make_chain()
    view = view_of(chain.start)

    def ids(**chosen):
        return {node.batch_id for node in nodes.page_of(view, today=TODAY, **chosen).nodes}

    assert ids(hop=2) == {chain.in_shop.pk, chain.in_canteen.pk}
    assert ids(county_id=chains.lixia().pk) == {chain.start.pk, chain.in_canteen.pk}
    assert ids(sector="catering") == {chain.in_canteen.pk}
    assert ids(hop=1, sector="catering") == set()


def test_a_page_costs_the_same_whatever_its_size():
    start = bare_batch(make_operator())
    counts = []
    for _ in range(2):
        fan(start, 6)
        view = view_of(start)
        with CaptureQueriesContext(connection) as counted:
            nodes.page_of(view, today=TODAY)
        counts.append(len(counted))

    assert counts[0] == counts[1] == 4


def test_the_list_of_holders_is_by_county_and_name():
    chain = make_chain()

    with CaptureQueriesContext(connection) as counted:
        view = view_of(chain.start)
        before = len(counted)
        found = holders.holders_by_county(view.hops)

    assert [(each.county, [holder.name for holder in each.holders]) for each in found] == [
        ("济南市历下区", ["历下批发", "历下食堂"]),
        ("济南市市中区", ["市中批发"]),
        ("青岛市市南区", ["青岛小店"]),
    ]
    assert [each.batch_count for each in found] == [2, 1, 1]
    assert len(counted) - before == 2


def test_a_shop_sells_to_consumers_and_a_wholesaler_keeps_a_stock():
    chain = make_chain()

    assert ends_of(chain.start) == {
        chain.in_shop.pk: DeadEnd.CONSUMERS,
        chain.in_canteen.pk: DeadEnd.CONSUMERS,
    }
    bought = batch_of(make_purchase(make_operator(is_wholesale=True)))
    assert ends_of(bought) == {bought.pk: DeadEnd.IN_STOCK}
    assert ends_of(bought, today=TODAY + timedelta(days=31)) == {bought.pk: DeadEnd.NO_SALE}


def test_a_buyer_who_has_not_answered_or_refuses_ends_the_chain():
    seller, buyer = make_operator(is_wholesale=True), make_operator()
    batch = batch_of(make_purchase(seller))
    sale = sell(batch, buyer)
    assert ends_of(batch) == {batch.pk: DeadEnd.UNCONFIRMED}

    draft = IncomingDraft.objects.get(sale_id=sale.pk)
    incoming.refuse_incoming(
        by=owner_of(buyer), operator=buyer, incoming_ids=[draft.pk], reason="破损", at=AT
    )

    assert ends_of(batch) == {batch.pk: DeadEnd.REFUSED}


@pytest.mark.parametrize(
    ("outside", "expected"), [(True, DeadEnd.OUTSIDE_PROVINCE), (False, DeadEnd.UNREGISTERED)]
)
def test_a_partner_who_is_not_on_the_platform_ends_it_both_ways(outside, expected):
    seller = make_operator(is_wholesale=True)
    partner = make_partner(seller, is_outside_province=outside)
    batch = batch_of(make_purchase(seller))
    sales.record_sales(
        by=owner_of(seller), operator=seller, drafts=[sale_draft(batch, partner)], at=AT
    )

    assert ends_of(batch) == {batch.pk: expected}


def test_upwards_a_harvest_is_the_origin_and_a_purchase_from_nobody_known_an_end():
    maker = make_producer()
    bought = batch_of(make_purchase(maker))
    made = make_made_batch(maker, (bought.pk, 2))
    alone, grown = make_made_batch(maker), make_harvest()

    assert ends_of(made, "up") == {bought.pk: DeadEnd.UNREGISTERED}
    assert ends_of(alone, "up") == {alone.pk: DeadEnd.NO_INPUTS}
    assert ends_of(grown, "up") == {grown.pk: DeadEnd.GROWN}
    nobody = bare_batch(make_operator())
    assert ends_of(nobody, "up") == {nobody.pk: DeadEnd.NO_PURCHASE}


def test_an_operator_sees_its_works_and_the_papers_beside_them():
    maker, buyer = make_producer(name="面包厂"), make_operator(name="小店")
    flour = batch_of(make_purchase(maker))
    bread = make_made_batch(maker, (flour.pk, 2))
    make_inspection(bread)
    chains.pass_on(bread, buyer, quantity=Decimal(3))
    by = owner_of(maker)

    down, up = look_at_own(by, [flour.pk], "down"), look_at_own(by, [bread.pk], "up")

    assert down.hops == {flour.pk: 0, bread.pk: 1}
    assert [(paper.partner_name, paper.quantity) for paper in down.papers] == [("小店", 3)]
    assert not any(down.ends)
    assert [step.kind for step in down.part.steps] == [LinkKind.TRANSFORMATION]
    assert up.hops == {bread.pk: 0, flour.pk: 1}
    assert [(paper.batch_id, paper.is_sale) for paper in up.papers] == [(flour.pk, False)]


def test_what_went_to_somebody_and_came_back_is_not_followed():
    own, other = make_operator(), make_operator()
    first, there, back = bare_batch(own), bare_batch(other), bare_batch(own)
    for parent, child in ((first, there), (there, back)):
        Link.objects.create(
            parent_id=parent.pk, child_id=child.pk, kind=LinkKind.TRANSFER, quantity=1
        )

    assert look_at_own(owner_of(own), [first.pk], "down").hops == {first.pk: 0}


def test_anothers_batch_is_no_start():
    first, other = bare_batch(make_operator()), make_operator()

    with pytest.raises(OutOfScope):
        look_at_own(owner_of(other), [first.pk], "down")


def test_a_tank_refilled_every_day_says_where_the_walk_ended(monkeypatch):
    monkeypatch.setattr("traceability.graph.own.DEPTH", 3)
    own = make_operator()
    tank = [bare_batch(own) for _ in range(6)]
    for parent, child in pairwise(tank):
        Link.objects.create(parent_id=parent.pk, child_id=child.pk, kind=LinkKind.MERGE, quantity=1)

    view = look_at_own(owner_of(own), [tank[0].pk], "down")

    assert (len(view.hops), view.cut) == (4, "depth")
    assert not view.ends[-1]
