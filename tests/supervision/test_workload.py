"""What waits for an officer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
import time_machine

from enterprises.models import Division, Licence, LicenceKind, OperatorState
from enterprises.roles import Role
from supervision.models import Bulletin
from supervision.queries import workload
from supervision.queries.workload import what_waits
from supervision.rollups import fill, rebuild
from tests.builders.chains import make_case, make_chain, make_open_case
from tests.builders.enterprises import (
    make_city,
    make_county,
    make_operator,
    make_province,
    officer_of,
)
from tests.builders.numbers import make_incoming, make_purchase, noon
from tests.supervision.views.bureau import signed_in
from traceability.queries.cases import cases_to_decide

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 31)
LISTED = {"listed_at": noon(date(2026, 9, 1)), "activated_at": noon(date(2026, 9, 1))}


def counts(found: list[workload.Waiting]) -> dict[str, int]:
    return {item.code: item.count for item in found}


def test_shows_only_what_there_is_inside_the_county() -> None:
    county = make_county()
    late = make_operator(**LISTED)
    make_purchase(late, on=date(2026, 10, 5), supplier_operator_id=7)
    Licence.objects.create(
        operator=late, kind=LicenceKind.BUSINESS, number="JY1", valid_until=date(2026, 10, 30)
    )
    make_operator(state=OperatorState.LISTED, listed_at=LISTED["listed_at"])
    rebuild.rebuild(date(2026, 10, 1), at=noon(TODAY))
    neighbour = make_county(code="370103", name="市中区")

    here = what_waits(officer_of(county), today=TODAY)

    assert counts(here) == {"gaps": 1, "lapsed_licences": 1, "unregistered": 1}
    assert what_waits(officer_of(neighbour), today=TODAY) == []


def test_counts_what_the_lists_behind_the_links_show() -> None:
    county = make_county()
    unconfirmed, silent = make_operator(**LISTED), make_operator(**LISTED)
    make_incoming(unconfirmed, sold_on=date(2026, 9, 28))
    make_purchase(unconfirmed, on=date(2026, 10, 5), supplier_operator_id=7)
    for day in (5, 6, 7, 8):
        make_purchase(silent, on=date(2026, 10, day))
    renewed = make_operator(**LISTED)
    for number, until in (("JY1", date(2026, 10, 30)), ("JY2", date(2031, 10, 30))):
        Licence.objects.create(
            operator=renewed, kind=LicenceKind.BUSINESS, number=number, valid_until=until
        )
    fill.fill_all(at=noon(TODAY))

    found = what_waits(officer_of(county), today=TODAY)

    with time_machine.travel(noon(TODAY), tick=False):
        client = signed_in(Role.COUNTY_OFFICER, division=county)
        shown = {item.code: len(client.get(item.url).context["rows"]) for item in found}
    assert shown == counts(found)
    assert shown["gaps"] == 2
    assert "lapsed_licences" not in shown


def test_the_tile_the_figure_and_the_list_agree_while_the_filling_lags() -> None:
    county = make_county()
    for _ in range(2):
        make_operator(state=OperatorState.LISTED, listed_at=LISTED["listed_at"])
    make_operator(**LISTED)
    rebuild.rebuild(date(2026, 10, 1), at=noon(TODAY))
    # As right after an import: on the register, not yet in the month's numbers.
    make_operator(state=OperatorState.LISTED, listed_at=LISTED["listed_at"])

    with time_machine.travel(noon(TODAY), tick=False):
        client = signed_in(Role.COUNTY_OFFICER, division=county)
        home = client.get("/bureau/").context
        waiting = client.get("/bureau/waiting/").context["waiting"]
        lists = [
            len(client.get(f"/bureau/operators/?quick={name}").context["rows"])
            for name in ("unregistered", "inactive")
        ]

    figures = {card.value.code: card.missing for card in home["cards"]}
    assert counts(waiting)["unregistered"] == 2
    assert lists == [figures["registration"], figures["activity"]] == [2, 1]


def test_stops_counting_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workload, "MOST", 2)
    for number in range(3):
        Licence.objects.create(
            operator=make_operator(**LISTED),
            kind=LicenceKind.BUSINESS,
            number=f"JY{number}",
            valid_until=date(2026, 10, 30),
        )

    [item] = what_waits(officer_of(make_county()), today=TODAY)

    assert (item.count, item.is_more) == (2, True)


def test_the_food_safety_office_approves_nothing(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    officer = officer_of(make_province(), Role.FOOD_SAFETY_OFFICE)

    with django_assert_max_num_queries(7):
        assert what_waits(officer, today=TODAY) == []


@pytest.mark.parametrize(
    ("role", "place", "expected"),
    [
        (Role.PROVINCE_OFFICER, make_province, 1),
        # Asked for the whole province, which a city does not open.
        (Role.CITY_OFFICER, make_city, 0),
        (Role.COUNTY_OFFICER, make_county, 0),
    ],
)
def test_a_case_waits_for_those_who_may_open_it(
    role: Role, place: Callable[[], Division], expected: int
) -> None:
    case = make_case(make_chain().start)
    by = officer_of(place(), role)

    found = counts(what_waits(by, today=TODAY))

    assert found.get("trace_cases", 0) == expected
    assert [each.pk for each in cases_to_decide(by)] == [case.pk] * expected


def test_ones_own_and_a_decided_case_do_not_wait() -> None:
    start, province = make_chain().start, officer_of(make_province(), Role.PROVINCE_OFFICER)
    make_open_case(start)
    make_case(start, by=province)

    assert "trace_cases" not in counts(what_waits(province, today=TODAY))


def test_a_city_opens_what_its_counties_ask_about_it() -> None:
    city = make_city()
    asked = {"asked_path": city.path}
    make_case(make_chain().start, **asked)

    here = what_waits(officer_of(city, Role.CITY_OFFICER), today=TODAY)

    assert counts(here)["trace_cases"] == 1


def test_the_list_behind_the_case_tile_shows_what_it_counts() -> None:
    start = make_chain().start
    case = make_case(start)
    make_open_case(start)
    client = signed_in(Role.PROVINCE_OFFICER, division=make_province())

    page = client.get("/bureau/trace/cases/?show=mine")
    text = client.get("/bureau/waiting/").content.decode()

    assert [row[0].pk for row in page.context["rows"]] == [case.pk]
    assert "追溯案件待审批" in text


def test_a_city_is_told_of_a_bulletin_that_waits_for_its_comments() -> None:
    city = officer_of(make_city(), Role.CITY_OFFICER)
    bulletin = Bulletin.objects.create(
        month=date(2026, 9, 1), figures={}, sha256="", made_by="平台", made_at=noon(TODAY),
        state=Bulletin.State.COMMENTING, comments_until=TODAY,
    )  # fmt: skip

    waiting = counts(what_waits(city, today=TODAY))
    over = counts(what_waits(city, today=date(2026, 11, 1)))
    writers = what_waits(officer_of(make_province(), Role.TASK_FORCE), today=TODAY)

    assert (waiting.get("comments"), over.get("comments")) == (1, None)
    [own] = [item for item in writers if item.code == "bulletin"]
    assert own.label == "9月通报待印发（已逾期）"
    assert own.url == f"/bureau/bulletins/{bulletin.pk}/"
