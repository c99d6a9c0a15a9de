from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enterprises.actor import ANONYMOUS, Actor, Forbidden, OutOfScope, actor_for
from enterprises.roles import Role
from tests.builders import chains
from tests.builders.chains import Chain, bare_batch, make_case, make_chain, make_open_case
from tests.builders.enterprises import (
    AT,
    give_role,
    make_city,
    make_county,
    make_operator,
    make_person,
    make_province,
    make_station,
    make_township,
    officer_of,
    owner_of,
    station_officer_of,
)
from traceability.graph import lens
from traceability.graph.trace import Limits, trace
from traceability.models import Batch, Link, LinkKind, TraceCase
from traceability.operations import cases
from traceability.operations.cases import look_at_trace

pytestmark = pytest.mark.django_db


def administrator(role: Role) -> Actor:
    person = make_person()
    give_role(person, role)
    return actor_for(person)


ACTORS: dict[str, Callable[[Chain], Actor]] = {
    "anonymous": lambda chain: ANONYMOUS,
    "owner": lambda chain: owner_of(chain.wholesaler),
    "other_owner": lambda chain: owner_of(chain.shop),
    "station": lambda chain: station_officer_of(make_station()),
    "county": lambda chain: officer_of(make_county()),
    "neighbour": lambda chain: officer_of(chains.shizhong()),
    "city": lambda chain: officer_of(make_city(), Role.CITY_OFFICER),
    "province": lambda chain: officer_of(make_province(), Role.PROVINCE_OFFICER),
    "task_force": lambda chain: officer_of(make_province(), Role.TASK_FORCE),
    "food_safety": lambda chain: officer_of(make_county(), Role.FOOD_SAFETY_OFFICE),
    "vendor": lambda chain: administrator(Role.VENDOR_SUPPORT),
    "system_admin": lambda chain: administrator(Role.SYSTEM_ADMIN),
    "security_admin": lambda chain: administrator(Role.SECURITY_ADMIN),
    "audit_admin": lambda chain: administrator(Role.AUDIT_ADMIN),
}
ALL = {"start", "dealt", "in_shop", "in_canteen"}
# Without a case: everybody's own part.
OWN: dict[str, Any] = {
    "anonymous": Forbidden,
    "owner": {"start"},
    "other_owner": OutOfScope,
    "station": {"start"},
    "county": {"start", "in_canteen"},
    "neighbour": OutOfScope,
    "city": {"start", "dealt", "in_canteen"},
    "province": ALL,
    "task_force": ALL,
    "food_safety": Forbidden,
    "vendor": Forbidden,
    "system_admin": Forbidden,
    "security_admin": Forbidden,
    "audit_admin": Forbidden,
}
# The county's case opens the chain to the county and to the bureaus above it.
OPENED = OWN | {"county": ALL, "city": ALL}
# A case that somebody does not see does not exist for them; an operator never acts under one.
HIDDEN = {"station": OutOfScope}


def no_case(chain: Chain) -> TraceCase | None:
    return None


def refused(chain: Chain) -> TraceCase:
    case = make_case(chain.start)
    return cases.refuse_case(by=chains.city_officer(), case_id=case.pk, note="不必", at=AT)


def closed(chain: Chain) -> TraceCase:
    case = make_open_case(chain.start)
    return cases.close_case(by=officer_of(make_county()), case_id=case.pk, note="办结", at=AT)


CASES: dict[str, tuple[Callable[[Chain], TraceCase | None], dict[str, Any]]] = {
    "none": (no_case, OWN),
    "requested": (lambda chain: make_case(chain.start), OWN | HIDDEN),
    "refused": (refused, OWN | HIDDEN),
    "approved": (lambda chain: make_open_case(chain.start), OPENED | HIDDEN),
    "expired": (lambda chain: make_open_case(chain.start, days=1), OWN | HIDDEN),
    "closed": (closed, OWN | HIDDEN),
    "other_start": (lambda chain: make_open_case(chain.in_canteen), OWN | HIDDEN),
}


@pytest.mark.parametrize("state", CASES)
def test_each_viewer_sees_its_part(state: str) -> None:
    chain = make_chain()
    make, expected = CASES[state]
    case = make(chain)
    at = chains.later(1) if state == "expired" else AT

    seen = {
        name: seen_by(make_actor(chain), chain, case, at) for name, make_actor in ACTORS.items()
    }

    assert seen == expected


def seen_by(actor: Actor, chain: Chain, case: TraceCase | None, at: datetime) -> Any:
    """The names of the batches shown, or what the look was refused with."""
    try:
        look = look_at_trace(
            by=actor,
            starts=[chain.start.pk],
            direction="down",
            case_id=case.pk if case else None,
            at=at,
        )
    except (Forbidden, OutOfScope) as refusal:
        return type(refusal)
    return {name for name in ALL if getattr(chain, name).pk in look.view.hops}


def test_what_lies_outside_is_only_counted() -> None:
    chain = make_chain()

    view = lens.look(officer_of(make_county()), [chain.start.pk], "down", at=AT)

    assert view.hops == {chain.start.pk: 0, chain.in_canteen.pk: 2}
    assert view.hidden == {1: 1, 2: 1}
    assert (view.node_count, view.hidden_count, view.is_whole) == (4, 2, False)
    assert list(view.part.steps) == []
    assert view.owners == sorted([chain.wholesaler.pk, chain.canteen.pk])


def test_a_case_opens_no_more_than_it_asked_for() -> None:
    chain = make_chain()
    case = make_open_case(chain.start, asked_path=make_city().path)

    view = lens.look(officer_of(make_county()), [chain.start.pk], "down", case, at=AT)

    assert view.hops.keys() == chain.batch_ids - {chain.in_shop.pk}
    assert view.hidden == {2: 1}


def test_a_case_shows_its_start_wherever_the_start_lies() -> None:
    """A holder that moved away after the case was opened does not close it."""
    chain = make_chain()
    case = make_open_case(chain.start, asked_path=make_city().path)
    Batch.objects.filter(pk=chain.start.pk).update(county_id=370202, division_id=370202001)

    view = lens.look(officer_of(make_county()), [chain.start.pk], "down", case, at=AT)

    assert chain.start.pk in view.hops


def test_a_start_out_of_sight_is_not_even_walked() -> None:
    chain = make_chain()

    with CaptureQueriesContext(connection) as queries, pytest.raises(OutOfScope):
        lens.look(officer_of(chains.shinan()), [chain.start.pk], "down", at=AT)

    assert not any("walk_links" in query["sql"] for query in queries)


def test_no_start_and_an_unknown_start_are_out_of_scope() -> None:
    by = officer_of(make_province(), Role.PROVINCE_OFFICER)

    for starts in ([], [12345]):
        with pytest.raises(OutOfScope):
            lens.look(by, starts, "down", at=AT)


def test_an_ordinary_look_costs_a_few_queries_whatever_it_finds() -> None:
    chain = make_chain()
    by = officer_of(make_county())
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            lens.look(by, [chain.start.pk], "down", at=AT)
        counts.append(len(queries))
        for _ in range(5):
            link(chain.start, bare_batch(chain.canteen))

    assert counts[0] == counts[1] == 4


def link(parent: Batch, child: Batch, kind: str = LinkKind.TRANSFER) -> None:
    Link.objects.create(parent_id=parent.pk, child_id=child.pk, kind=kind, quantity=1)


def test_a_batch_that_is_cut_off_is_no_end_of_the_chain() -> None:
    chain = make_chain()
    by = officer_of(make_province(), Role.PROVINCE_OFFICER)

    view = lens.look(by, [chain.start.pk], "down", at=AT, limits=Limits(depth=1))

    assert view.cut == "depth"
    assert not any(view.ends)


@given(
    pairs=st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25),
    places=st.lists(st.integers(0, 3), min_size=10, max_size=10),
    direction=st.sampled_from(["up", "down"]),
    asked=st.sampled_from(["/370000/", "/370000/370100/"]),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_view_is_the_trace_within_the_scope_and_the_case(
    pairs: set[tuple[int, int]], places: list[int], direction: Any, asked: str
) -> None:
    """On any graph and any spread of holders: nothing more, nothing less, at the same hops."""
    Link.objects.all().delete()
    Batch.objects.all().delete()
    counties = [make_county(), make_county(), chains.shizhong(), chains.shinan()]
    holders = [make_operator(township=make_township(county=county)) for county in counties]
    batches = [bare_batch(holders[place]) for place in [0, *places[1:]]]
    for parent, child in pairs:
        if parent != child:
            link(batches[parent], batches[child])
    county = officer_of(make_county())
    start = batches[0].pk
    case = make_open_case(batches[0], by=county, asked_path=asked)
    whole = trace([start], direction)
    inside = set(Batch.objects.visible_to(county).values_list("pk", flat=True))
    asked_for = set(
        Batch.objects.visible_to(officer_of(make_city(), Role.CITY_OFFICER)).values_list(
            "pk", flat=True
        )
    )

    alone = lens.look(county, [start], direction, at=AT)
    opened = lens.look(county, [start], direction, case, at=AT)

    expected = whole.hops.keys() if asked == "/370000/" else whole.hops.keys() & asked_for
    for view, shown in ((alone, whole.hops.keys() & inside), (opened, expected)):
        assert view.hops == {id_: hop for id_, hop in whole.hops.items() if id_ in shown}
        assert list(view.hops) == [id_ for id_ in whole.hops if id_ in shown]
        assert list(view.part.steps) == [
            step for step in whole.steps if {step.child_id, step.parent_id} <= shown
        ]
        assert sum(view.hidden.values()) == len(whole.hops) - len(view.hops)
        assert (view.node_count, view.link_count) == (len(whole.hops), whole.link_count)
