"""What the figures say when divisions are merged or split: month by month, and at rest when frozen."""

from __future__ import annotations

from datetime import date

import pytest

from enterprises.actor import platform_actor
from enterprises.models import Division, Operator
from enterprises.operations import changes, successions
from enterprises.rules.successions import Succession
from supervision.models import Bulletin, Finding
from supervision.operations import bulletins
from supervision.queries.adjustments import adjustments_of
from supervision.queries.bulletin_figures import bulletin_figures
from supervision.queries.dashboard import ChildRow, Overview, overview
from supervision.queries.evaluation import evaluate
from supervision.queries.frozen_rows import Asked, frozen_rows
from supervision.queries.rankings import county_ranking
from supervision.recount.run import recompute
from supervision.rollups import day_end, fill
from supervision.rules.evaluation import incomparable_days
from tests.builders.enterprises import (
    make_city,
    make_county,
    make_province,
    make_township,
    officer_of,
)
from tests.builders.numbers import noon
from tests.builders.watching import make_finding
from tests.supervision.views.bureau import buys_on, shop
from traceability.models import Purchase

pytestmark = pytest.mark.django_db
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
MERGED_ON = date(2026, 11, 15)
OLD, NEW = "370102001", "370103001"


def counties() -> tuple[Division, Division]:
    return make_county(), make_county(code="370103", name="市中区")


def operators() -> tuple[Operator, Operator]:
    """One in each county, both activated; the first buys in October."""
    old, new = counties()
    first = shop("原区店", township=make_township(code=OLD, county=old))
    second = shop("新区店", township=make_township(code=NEW, name="泺源街道", county=new))
    buys_on(first, 5, 6, 7, 8)
    return first, second


def count(day: date) -> None:
    """The numbers as the filler has them at noon of the day."""
    fill.follow_register(at=noon(day), month=day.replace(day=1))
    day_end.mark_months([SEPTEMBER, OCTOBER, day.replace(day=1)], at=noon(day))
    fill.fill_all(at=noon(day))


def merge(*, on: date = MERGED_ON) -> None:
    """Both the old county and its township go to the new ones."""
    successions.replace_divisions(
        by=platform_actor(),
        rows=[Succession("370102", "370103"), Succession(OLD, NEW)],
        effective_on=on,
        at=noon(on),
    )


def of_city(month: date) -> Overview:
    return overview(platform_actor(), make_city(), month)


def by_name(shown: Overview) -> dict[str, ChildRow]:
    return {row.division.name: row for row in shown.children}


def test_a_merger_within_the_month_counts_everybody_once_where_it_ends() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 16))

    rows = by_name(of_city(NOVEMBER))

    assert {name: row.operator_count for name, row in rows.items()} == {"市中区": 2}
    assert rows["市中区"].is_adjusted
    assert {value.change_pp for value in rows["市中区"].indicators} == {None}
    assert of_city(NOVEMBER).counts["operator_count"] == 2


def test_an_operator_that_moves_within_the_month_counts_once_where_it_ends() -> None:
    first, second = operators()
    count(date(2026, 11, 10))
    Operator.objects.filter(pk=first.pk).update(
        division=second.division, county=second.county, division_path=second.division_path
    )
    changes.note_changes([first.pk])
    count(date(2026, 11, 16))

    rows = by_name(of_city(NOVEMBER))

    assert {name: row.operator_count for name, row in rows.items()} == {"历下区": 0, "市中区": 2}
    assert of_city(NOVEMBER).counts["operator_count"] == 2
    earlier = by_name(of_city(OCTOBER))
    assert {name: row.operator_count for name, row in earlier.items()} == {"历下区": 1, "市中区": 1}
    assert rows["历下区"].value("registration").rate_text == "—"
    assert rows["历下区"].rank is None


def test_the_city_itself_is_compared_because_all_of_it_stayed_inside() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 16))

    shown = of_city(NOVEMBER)

    assert not shown.is_adjusted
    assert shown.indicators[0].change_pp == 0
    assert shown.adjusted == ["11月15日起历下区改为市中区"]


def test_the_new_county_says_that_it_is_not_compared() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 16))

    shown = overview(platform_actor(), counties()[1], NOVEMBER)

    assert shown.is_adjusted
    assert {value.change_pp for value in shown.indicators} == {None}


def test_the_months_behind_keep_the_old_divisions() -> None:
    operators()
    count(date(2026, 11, 10))
    before = {row.division.name: row.operator_count for row in county_ranking(OCTOBER)}
    merge()
    count(date(2026, 11, 16))

    assert {row.division.name: row.operator_count for row in county_ranking(OCTOBER)} == before
    assert before == {"历下区": 1, "市中区": 1}
    assert [row.division.name for row in county_ranking(NOVEMBER)] == ["市中区"]
    assert not by_name(of_city(OCTOBER))["市中区"].is_adjusted


def test_a_merger_between_months_shows_in_the_month_it_begins() -> None:
    operators()
    count(date(2026, 10, 31))
    merge(on=NOVEMBER)
    count(date(2026, 11, 2))

    october, november = by_name(of_city(OCTOBER)), by_name(of_city(NOVEMBER))

    assert {name: row.operator_count for name, row in october.items()} == {"历下区": 1, "市中区": 1}
    assert {name: row.operator_count for name, row in november.items()} == {"市中区": 2}
    assert november["市中区"].is_adjusted


def test_the_month_after_is_compared_again() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 30))
    count(date(2026, 12, 10))

    row = by_name(of_city(date(2026, 12, 1)))["市中区"]

    assert not row.is_adjusted
    assert row.value("registration").change_pp == 0


def test_a_split_shows_the_parts_and_hides_the_whole() -> None:
    first, _ = operators()
    part = make_township(code="370102002", name="新分街道", county=make_county())
    other = make_township(code="370102003", name="另分街道", county=make_county())
    count(date(2026, 11, 10))
    Operator.objects.filter(pk=first.pk).update(division=part, division_path=part.path)
    successions.replace_divisions(
        by=platform_actor(),
        rows=[Succession(OLD, part.code), Succession(OLD, other.code)],
        effective_on=MERGED_ON,
        at=noon(MERGED_ON),
    )
    count(date(2026, 11, 16))

    shown = overview(platform_actor(), make_county(), NOVEMBER)

    assert {row.division.name: (row.operator_count, row.is_adjusted) for row in shown.children} == {
        "新分街道": (1, True),
        "另分街道": (0, True),
    }
    assert shown.indicators[0].change_pp == 0


def test_a_frozen_month_and_its_bulletin_never_move() -> None:
    operators()
    count(date(2026, 11, 2))
    bulletin = bulletins.draft_bulletin(
        by=platform_actor(), month=OCTOBER, at=noon(date(2026, 11, 3))
    )
    before = bulletin.sha256
    merge()
    count(date(2026, 11, 16))

    assert bulletin_figures_of(bulletin)["counties"] == bulletin.figures["counties"]
    assert Bulletin.objects.get().sha256 == before
    assert recompute(OCTOBER, at=noon(date(2026, 11, 20))).difference_count == 0
    behind = frozen_rows(platform_actor(), bulletin, Asked("370102", "", "listed"))
    assert [row.operator.name for row in behind.select_related("operator")] == ["原区店"]


def bulletin_figures_of(bulletin: Bulletin) -> dict[str, object]:
    """The month's figures as they would be drafted now."""
    return bulletin_figures(bulletin.month, frozen_at=noon(date(2026, 11, 3)))


def test_the_bulletin_of_the_month_tells_it_and_recounts_to_the_same() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 30))
    bulletin = bulletins.draft_bulletin(
        by=platform_actor(), month=NOVEMBER, at=noon(date(2026, 12, 3))
    )

    [county] = bulletin.figures["counties"]

    assert (county["name"], county["operator_count"], county["is_adjusted"]) == ("市中区", 2, True)
    assert county["values"]["registration"]["change_pp"] is None
    assert bulletin.figures["cities"][0]["values"]["registration"]["change_pp"] is not None
    assert "本月区划调整：11月15日起历下区改为市中区" in bulletin.figures["note"]
    assert recompute(NOVEMBER, at=noon(date(2026, 12, 4))).difference_count == 0


def test_the_evaluation_ranks_the_divisions_that_stand_at_the_end_of_the_period() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 16))

    ranked = evaluate(platform_actor(), make_city(), "month", NOVEMBER)

    assert [row.division.name for row in ranked.rows] == ["市中区"]
    earlier = evaluate(platform_actor(), make_city(), "month", OCTOBER)
    assert {row.division.name for row in earlier.rows} == {"历下区", "市中区"}


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("quarter", date(2026, 8, 1), date(2026, 11, 30)),
        ("year", date(2025, 2, 1), date(2026, 11, 30)),
    ],
)
def test_a_merger_in_these_days_leaves_two_periods_without_comparison(
    kind: str, first: date, last: date
) -> None:
    assert incomparable_days(kind, NOVEMBER) == (first, last)


def test_the_evaluation_compares_no_places_over_a_merger() -> None:
    operators()
    make_county(code="370104", name="槐荫区")
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 16))

    ranked = evaluate(platform_actor(), make_city(), "month", NOVEMBER)

    assert {row.division.name: row.is_adjusted for row in ranked.rows} == {
        "市中区": True,
        "槐荫区": False,
    }
    assert {row.rank_before for row in ranked.rows} == {None}
    assert {row.climbed for row in ranked.rows} == {None}
    assert ranked.adjusted == ["11月15日起历下区改为市中区"]


def test_the_evaluation_of_the_month_after_compares_again() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 12, 10))

    ranked = evaluate(platform_actor(), make_city(), "month", date(2026, 12, 1))

    assert [(row.rank_before, row.is_adjusted) for row in ranked.rows] == [(1, False)]


def test_the_quarter_after_a_merger_in_its_middle_is_not_compared_yet() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 12, 10))

    ranked = evaluate(platform_actor(), make_city(), "quarter", date(2027, 1, 1))

    assert [row.is_adjusted for row in ranked.rows] == [True]


def test_the_evaluation_of_the_cities_is_compared_because_the_merger_stayed_inside_one() -> None:
    operators()
    count(date(2026, 11, 10))
    merge()
    count(date(2026, 11, 16))

    ranked = evaluate(platform_actor(), None, "month", NOVEMBER)

    assert [(row.rank_before, row.is_adjusted) for row in ranked.rows] == [(1, False)]
    assert not ranked.is_adjusted


def test_the_province_counts_nobody_twice() -> None:
    operators()
    count(date(2026, 11, 10))
    before = overview(platform_actor(), make_province(), NOVEMBER).counts["operator_count"]
    merge()
    count(date(2026, 11, 16))

    assert overview(platform_actor(), make_province(), NOVEMBER).counts["operator_count"] == before


def test_the_successor_reaches_the_frozen_rows_under_the_old_code() -> None:
    first, second = operators()
    finding = make_finding(first)
    count(date(2026, 11, 10))
    bulletin = bulletins.draft_bulletin(
        by=platform_actor(), month=OCTOBER, at=noon(date(2026, 11, 4))
    )
    merge()
    asked = Asked(division="370102", figure="listed")

    seen = {
        code: [row.operator_id for row in frozen_rows(officer_of(division), bulletin, asked)]
        for code, division in (
            ("370103", Division.objects.get(code="370103")),
            ("370102", Division.objects.get(code="370102")),
            ("370104", make_county(code="370104", name="槐荫区")),
        )
    }

    assert seen == {"370103": [first.pk], "370102": [first.pk], "370104": []}
    successor = officer_of(Division.objects.get(code="370103"))
    assert Finding.objects.visible_to(successor).get() == finding
    assert Purchase.objects.visible_to(successor).count() == 4
    assert second in Operator.objects.visible_to(officer_of(Division.objects.get(code="370102")))


def test_a_townships_own_page_tells_what_it_took_over() -> None:
    operators()
    merge()

    told = adjustments_of(NOVEMBER).inside(Division.objects.get(code=NEW).path)

    assert told == ["11月15日起解放路街道改为泺源街道"]
