"""The month's rules at their boundaries. Source: domain.md section 5."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from enterprises.models import Sector, Standing
from shilian import clock, working_days
from supervision.operations.parameters import _read
from supervision.rules import inactivity, judgement, months, register, systems
from supervision.rules.judgement import MonthCounts
from supervision.rules.parameters import MissingParameter, parameters_from
from supervision.rules.register import RegisterFacts
from supervision.rules.systems import SystemMonth

OCTOBER = date(2026, 10, 1)
PARAMETERS = parameters_from({row["code"]: row["value"] for row in _read("parameters.json")})
SHOP = RegisterFacts(
    sector=Sector.CIRCULATION,
    catering_class="",
    is_wholesale=False,
    standing=Standing.NORMAL,
    standing_since=None,
    listed_on=date(2026, 1, 1),
    activated_on=date(2026, 1, 2),
)


@pytest.mark.parametrize(
    ("facts", "days"),
    [
        ({"sector": Sector.PRODUCTION}, 4),
        ({"sector": Sector.CIRCULATION}, 4),
        ({"is_wholesale": True}, 8),
        ({"sector": Sector.CATERING}, 8),
        ({"sector": Sector.FARM}, 8),
        ({"sector": Sector.SPECIAL}, 4),
        # 18 working days in October 2026 (National Day 1–7, 10 October worked): 80 % rounded up.
        ({"sector": Sector.CATERING, "catering_class": "C1_SCHOOL"}, 15),
        ({"activated_on": None}, 0),
        ({"activated_on": date(2026, 11, 1)}, 0),
        # Pro rata of the days since activation: 4 × 16/31, rounded up.
        ({"activated_on": date(2026, 10, 16)}, 3),
        ({"activated_on": date(2026, 10, 31)}, 1),
        ({"standing": Standing.SUSPENDED, "standing_since": date(2026, 10, 9)}, 2),
        ({"standing": Standing.SUSPENDED, "standing_since": date(2026, 10, 1)}, 0),
    ],
)
def test_days_asked_of_an_operator(facts: dict[str, object], days: int) -> None:
    asked = replace(SHOP, **facts)  # type: ignore[arg-type]

    assert register.required_days(asked, OCTOBER, PARAMETERS) == days


@pytest.mark.parametrize(
    ("standing", "since", "excluded"),
    [
        (Standing.NORMAL, None, False),
        (Standing.CLOSED, date(2026, 10, 31), True),
        (Standing.CLOSED, date(2026, 11, 1), False),
        (Standing.UNREACHABLE, date(2026, 10, 31), True),
        (Standing.SUSPENDED, date(2026, 10, 1), True),
        (Standing.SUSPENDED, date(2026, 10, 2), False),
        (Standing.CLOSED, None, True),
    ],
)
def test_who_leaves_the_denominator(standing: str, since: date | None, excluded: bool) -> None:
    facts = replace(SHOP, standing=standing, standing_since=since)

    assert (register.excluding_standing(facts, OCTOBER) != Standing.NORMAL) is excluded


def test_who_was_listed_as_suspended_never_enters_the_denominator() -> None:
    listed = date(2026, 10, 20)
    facts = replace(
        SHOP, listed_on=listed, standing=Standing.SUSPENDED, standing_since=date(2026, 10, 20)
    )

    assert register.excluding_standing(facts, OCTOBER) == Standing.SUSPENDED


def test_listed_and_activated_as_at_the_months_end() -> None:
    late = replace(SHOP, listed_on=date(2026, 11, 1), activated_on=date(2026, 11, 1))
    last = replace(SHOP, listed_on=date(2026, 10, 31), activated_on=date(2026, 10, 31))

    assert not register.is_listed(late, OCTOBER)
    assert not register.is_activated(late, OCTOBER)
    assert register.is_listed(last, OCTOBER)
    assert register.is_activated(last, OCTOBER)


@pytest.mark.parametrize(
    ("days", "required", "quiet", "active"),
    [
        (0b111, 4, False, False),
        (0b1111, 4, False, True),
        (0, 4, True, True),
        (0, 0, False, False),
    ],
)
def test_activity(days: int, required: int, quiet: bool, active: bool) -> None:
    counts = MonthCounts(days=days)

    assert judgement.is_active(counts, required_days=required, quiet=quiet) is active


@pytest.mark.parametrize(
    ("counts", "own", "covered"),
    [
        (MonthCounts(classes=0b01, valid_count=1), 0b01, True),
        (MonthCounts(classes=0b10, valid_count=1), 0b01, False),
        (MonthCounts(classes=0, valid_count=1), 0b100, True),
        (MonthCounts(classes=0, valid_count=0), 0b100, False),
        (MonthCounts(classes=0b01, valid_count=1), 0, False),
    ],
)
def test_coverage_by_own_class_or_any_goods_of_a_canteen(
    counts: MonthCounts, own: int, covered: bool
) -> None:
    assert judgement.is_covered(counts, own_classes=own, all_goods_classes=0b100) is covered


@pytest.mark.parametrize(
    ("system", "meets"),
    [
        (SystemMonth(10, 9, 100, 95), True),
        (SystemMonth(10, 8, 100, 100), False),
        (SystemMonth(10, 10, 100, 94), False),
        (SystemMonth(10, 0, 0, 0), False),
        (SystemMonth(0, 0, 0, 0), False),
    ],
)
def test_what_a_self_built_system_must_deliver(system: SystemMonth, meets: bool) -> None:
    assert systems.meets(system, PARAMETERS) is meets


def test_a_system_owes_its_weekdays_up_to_yesterday() -> None:
    monday_to_friday = 0b0011111

    due = systems.due_days(
        OCTOBER, since=date(2026, 10, 5), weekdays=monday_to_friday, as_of=date(2026, 10, 13)
    )

    assert due == [date(2026, 10, day) for day in (5, 6, 7, 8, 9, 12)]


@pytest.mark.parametrize(
    ("today", "is_canteen", "since"),
    [
        (date(2026, 10, 25), False, date(2026, 10, 10)),
        # Five working days after Sunday 11 October are over on the Friday.
        (date(2026, 10, 16), True, date(2026, 10, 11)),
        (date(2026, 10, 15), True, date(2026, 10, 9)),
        # Neither National Day nor Mid-Autumn (25–27 September) is a gap.
        (date(2026, 10, 7), True, date(2026, 9, 22)),
    ],
)
def test_since_when_silence_is_a_broken_chain(today: date, is_canteen: bool, since: date) -> None:
    found = inactivity.gap_since(today, is_canteen=is_canteen, parameters=PARAMETERS)

    assert found == since


def test_working_days_follow_the_state_calendar_and_say_when_it_ends() -> None:
    assert working_days.workdays(OCTOBER, date(2026, 10, 31)) == 18
    assert working_days.calendar_note(OCTOBER) == ""
    unknown = date(working_days.LAST_YEAR + 1, 1, 1)
    assert not working_days.is_known(unknown.year)
    assert "尚未收录" in working_days.calendar_note(unknown)


def test_a_month_freezes_from_the_third() -> None:
    opens = clock.start_of(date(2026, 11, 3))

    assert months.check_freeze(OCTOBER, opens, PARAMETERS) == []
    early = months.check_freeze(OCTOBER, opens - timedelta(seconds=1), PARAMETERS)
    assert [problem.code for problem in early] == ["month_still_open"]
    assert months.publish_by(date(2026, 12, 1), PARAMETERS) == date(2027, 1, 5)


def test_a_missing_threshold_is_named() -> None:
    with pytest.raises(MissingParameter) as refusal:
        parameters_from({"retail_days": Decimal(4)})

    assert "retail_days" not in refusal.value.codes
    assert "farm_days" in refusal.value.codes
