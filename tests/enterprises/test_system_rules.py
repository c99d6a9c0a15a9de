"""The calendar, the silence, the badge and the chain of systems on the register."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from enterprises.rules import system_days, systems
from enterprises.rules.system_days import BadgeState, Bars, DayFigures, FedDay
from enterprises.rules.systems import EVERY_DAY, WORKDAYS, SystemDraft

MONDAY = date(2026, 11, 2)
GOOD = SystemDraft(
    "进销存",
    sector="circulation",
    record_kinds=("purchases",),
    contact_name="李四",
    contact_phone="13800000001",
)


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


def clean(*offsets: int) -> list[FedDay]:
    return [FedDay(day(offset), 10, 0) for offset in offsets]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"name": ""}, ["system_name_missing"]),
        ({"name": "长" * 80}, []),
        ({"name": "长" * 81}, ["name_too_long"]),
        ({"kind": "other"}, ["system_kind_unknown"]),
        ({"sector": ""}, ["sector_unknown"]),
        ({"docking": "fax"}, ["docking_unknown"]),
        ({"record_kinds": ()}, ["record_kinds_missing"]),
        ({"due_weekdays": 0}, ["due_weekdays_missing"]),
        ({"due_weekdays": 1}, []),
        ({"due_weekdays": EVERY_DAY}, []),
        ({"due_weekdays": EVERY_DAY + 1}, ["due_weekdays_missing"]),
        ({"contact_name": ""}, ["contact_name_missing"]),
        ({"contact_phone": ""}, ["phone_missing"]),
        ({"contact_phone": "12345"}, ["phone_malformed"]),
        ({"planned_since": MONDAY}, []),
        ({"planned_since": MONDAY - timedelta(days=1)}, ["planned_since_out_of_range"]),
        ({"planned_since": MONDAY + timedelta(days=180)}, []),
        ({"planned_since": MONDAY + timedelta(days=181)}, ["planned_since_out_of_range"]),
    ],
)
def test_tells_what_an_application_lacks(change, codes):
    problems = systems.check_system(replace(GOOD, **change), today=MONDAY)

    assert [problem.code for problem in problems] == codes


@pytest.mark.parametrize(
    ("roles", "paths", "stages"),
    [
        (["county_officer"], ["/37/3701/370102/"], {"county"}),
        (["city_officer"], ["/37/3701/"], {"city"}),
        (["province_officer"], ["/37/"], {"province"}),
        (["county_officer"], ["/37/3701/370103/"], set()),
        (["task_force"], ["/37/"], set()),
        # A county officer elsewhere who reads this city's figures decides nothing in it.
        (["county_officer", "food_safety_office"], ["/37/3702/370202/", "/37/3701/"], set()),
        (["county_officer", "city_officer"], ["/37/3701/370102/", "/37/3701/"], {"county", "city"}),
    ],
)
def test_each_level_decides_its_own_stage(roles, paths, stages):
    assert systems.stages_open_to(roles, paths, "/37/3701/370102/370102001/") == stages


@pytest.mark.parametrize(
    ("sectors", "sector", "may"),
    [
        (frozenset(), "catering", True),
        (frozenset({"catering"}), "catering", True),
        (frozenset({"circulation"}), "catering", False),
    ],
)
def test_a_division_of_the_province_decides_for_its_link(sectors, sector, may):
    opened = frozenset({"province"})

    assert systems.may_decide("province", opened, sectors=sectors, sector=sector) is may


def test_the_link_does_not_bind_counties():
    opened, other = frozenset({"county"}), frozenset({"circulation"})

    assert systems.may_decide("county", opened, sectors=other, sector="catering")


@pytest.mark.parametrize(
    ("planned", "first"),
    [(None, day(1)), (day(0), day(1)), (day(1), day(1)), (day(9), day(9))],
)
def test_owes_from_the_day_after_approval_at_the_earliest(planned, first):
    assert systems.in_service_from(MONDAY, planned) == first


@pytest.mark.parametrize(
    ("weekdays", "text"),
    [(EVERY_DAY, "每天"), (WORKDAYS, "周一至周五"), (0b0000101, "周一、周三"), (64, "周日")],
)
def test_says_the_weekdays_in_words(weekdays, text):
    assert systems.weekdays_text(weekdays) == text


@pytest.mark.parametrize(
    ("received", "weekdays", "today", "missed"),
    [
        # Nothing ever came: from the first day on, today not yet.
        ([], EVERY_DAY, day(0), 0),
        ([], EVERY_DAY, day(1), 1),
        ([], EVERY_DAY, day(3), 3),
        # Saturday and Sunday are not owed.
        ([day(4)], WORKDAYS, day(7), 0),
        ([day(4)], WORKDAYS, day(8), 1),
        # An upload on a day that is not due breaks the silence all the same.
        ([day(5)], WORKDAYS, day(8), 1),
        ([day(2)], EVERY_DAY, day(3), 0),
        ([day(2), day(0)], EVERY_DAY, day(6), 3),
    ],
)
def test_counts_the_due_days_missed_in_a_row(received, weekdays, today, missed):
    found = system_days.missed_in_a_row(received, since=MONDAY, weekdays=weekdays, today=today)

    assert len(found) == missed


@pytest.mark.parametrize(("count", "silent"), [(2, False), (3, True)])
def test_falls_silent_after_three_due_days(count, silent):
    assert system_days.is_silent([day(offset) for offset in range(count)]) is silent


@pytest.mark.parametrize(
    ("days", "weekdays", "today", "state", "run"),
    [
        ([], EVERY_DAY, day(9), BadgeState.NONE, 0),
        (clean(*range(6)), EVERY_DAY, day(5), BadgeState.NONE, 6),
        (clean(*range(7)), EVERY_DAY, day(6), BadgeState.HELD, 7),
        # Today without anything is not a missed day.
        (clean(*range(7)), EVERY_DAY, day(7), BadgeState.HELD, 7),
        # A missed day ends the counting of one that has no badge yet, not a held badge.
        (clean(0, 1, 2, 4, 5, 6, 7), EVERY_DAY, day(7), BadgeState.NONE, 4),
        (clean(*range(7)), EVERY_DAY, day(9), BadgeState.HELD, 0),
        # Seven due days without anything: lapsed.
        (clean(*range(7)), EVERY_DAY, day(13), BadgeState.HELD, 0),
        (clean(*range(7)), EVERY_DAY, day(14), BadgeState.LAPSED, 0),
        # One refused row ends it.
        ([*clean(*range(7)), FedDay(day(7), 10, 1)], EVERY_DAY, day(7), BadgeState.LAPSED, 0),
        # Days that are not due neither count nor break, unless rows are refused on them.
        (clean(0, 1, 2, 3, 4, 7, 8), WORKDAYS, day(8), BadgeState.HELD, 7),
        (clean(0, 1, 2, 3, 4, 5, 6), WORKDAYS, day(6), BadgeState.NONE, 5),
        (
            [*clean(0, 1, 2, 3, 4, 7, 8), FedDay(day(5), 3, 1)],
            WORKDAYS,
            day(8),
            BadgeState.NONE,
            2,
        ),
    ],
)
def test_the_badge_wants_seven_clean_due_days(days, weekdays, today, state, run):
    badge = system_days.badge(days, weekdays=weekdays, today=today)

    assert (badge.state, badge.clean_days) == (state, run)


def test_a_lapsed_badge_is_earned_again():
    days = [*clean(*range(7)), FedDay(day(7), 5, 2), *clean(*range(8, 15))]

    badge = system_days.badge(days, weekdays=EVERY_DAY, today=day(14))

    assert badge.is_held
    assert badge.since == day(14)


@pytest.mark.parametrize(
    ("received", "sent", "accepted", "meets"),
    [
        (9, 100, 95, True),
        (8, 100, 100, False),
        (9, 100, 94, False),
        (10, 0, 0, False),
    ],
)
def test_delivers_with_nine_in_ten_days_and_ninety_five_rows_in_a_hundred(
    received, sent, accepted, meets
):
    days = [DayFigures(day(offset), sent, accepted) for offset in range(received)]

    found = system_days.health(days, first=day(0), last=day(9), weekdays=EVERY_DAY)

    assert found.meets is meets
    assert found.due_count == 10


@pytest.mark.parametrize(
    ("sent", "accepted", "duplicates", "received", "percent"),
    [
        (10, 10, 9, 1, 100),
        (10, 10, 10, 0, None),
        (10, 5, 5, 0, 0),
        (10, 9, 8, 1, 50),
        (10, 0, 0, 0, 0),
    ],
)
def test_what_was_sent_before_is_no_upload_of_the_day(
    sent, accepted, duplicates, received, percent
):
    days = [DayFigures(day(0), sent, accepted, 0, duplicates)]

    found = system_days.health(days, first=day(0), last=day(0), weekdays=EVERY_DAY)

    assert (found.received_count, found.row_percent) == (received, percent)
    assert found.meets is (received == 1 and percent == 100)


@pytest.mark.parametrize(("accepted", "meets"), [(95, True), (94, False)])
def test_ninety_five_in_a_hundred_new_rows(accepted, meets):
    days = [DayFigures(day(0), 500, accepted + 400, 0, 400)]

    found = system_days.health(days, first=day(0), last=day(0), weekdays=EVERY_DAY)

    assert found.meets is meets


def test_the_bars_in_force_decide():
    days = [DayFigures(day(0), 100, 90)]
    lower = Bars(Decimal(50), Decimal("90.00"))

    found = system_days.health(days, first=day(0), last=day(1), weekdays=EVERY_DAY, bars=lower)

    assert found.meets
    assert not system_days.health(days, first=day(0), last=day(1), weekdays=EVERY_DAY).meets
    assert (lower.day_text, lower.row_text) == ("50%", "90%")


def test_the_card_names_the_gaps_and_leaves_other_days_out():
    days = [DayFigures(day(-1), 5, 5), DayFigures(day(0), 5, 4), DayFigures(day(2), 5, 5, 1, 2)]

    found = system_days.health(days, first=day(0), last=day(2), weekdays=EVERY_DAY)

    assert found.gaps == (day(1),)
    assert (found.sent, found.accepted, found.refused) == (10, 9, 1)
    assert (found.late, found.duplicates) == (1, 2)
