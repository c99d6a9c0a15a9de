"""Timetables of subscriptions: what they mean, when they come round, what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from shilian.clock import SHANGHAI
from shilian.problems import Rejected
from traceability.epcis.schedule import in_words, next_time, read_schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("said", "after", "then"),
    [
        ({"hour": "2", "minute": "30", "second": "0"}, "2026-05-03 02:29:59", "2026-05-03 02:30:00"),
        # The moment itself has been; fractions of a second do not bring it back.
        ({"hour": "2", "minute": "30", "second": "0"}, "2026-05-03 02:30:00", "2026-05-04 02:30:00"),
        ({"minute": "0,30", "second": "0"}, "2026-05-03 23:30:00", "2026-05-04 00:00:00"),
        ({"hour": "[8-10]", "minute": "0", "second": "0"}, "2026-05-03 10:00:00", "2026-05-04 08:00:00"),
        ({"hour": "8,[10-12]", "minute": "0", "second": "0"}, "2026-05-03 08:00:00", "2026-05-03 10:00:00"),
        # The 3rd of May 2026 is a Sunday.
        ({"dayOfWeek": "1", "hour": "0", "minute": "0", "second": "0"}, "2026-05-03 12:00:00", "2026-05-04 00:00:00"),
        ({"dayOfWeek": "7", "hour": "0", "minute": "0", "second": "0"}, "2026-05-03 12:00:00", "2026-05-10 00:00:00"),
        # Months without a 31st are passed over.
        ({"dayOfMonth": "31", "hour": "1", "minute": "0", "second": "0"}, "2026-05-31 01:00:00", "2026-07-31 01:00:00"),
        ({"month": "2", "dayOfMonth": "29", "hour": "0", "minute": "0", "second": "0"}, "2026-05-03 00:00:00", "2028-02-29 00:00:00"),
        ({"second": "15"}, "2026-12-31 23:59:15", "2027-01-01 00:00:15"),
        ({"hour": 2, "minute": 5}, "2026-05-03 02:05:58", "2026-05-03 02:05:59"),
        ({"hour": "23"}, "2026-05-03 22:00:00", "2026-05-03 23:00:00"),
    ],
)  # fmt: skip
def test_the_next_time_is_the_first_that_every_part_matches(
    said: dict[str, Any], after: str, then: str
) -> None:
    assert next_time(read_schedule(said), after=at(after)) == at(then)


def test_the_next_time_agrees_with_looking_at_every_second() -> None:
    schedule = read_schedule({"hour": "0,23", "minute": "[58-59],0", "second": "1,[57-58]"})
    moment, then = at("2026-05-03 00:00:00"), next_time

    seen = []
    for _ in range(12):
        moment = then(schedule, after=moment)
        seen.append(moment.strftime("%H:%M:%S"))

    slow = [
        f"{hour:02}:{minute:02}:{second:02}"
        for hour in (0, 23)
        for minute in (0, 58, 59)
        for second in (1, 57, 58)
    ]
    assert seen == slow[:12]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (None, ["schedule"]),
        ({}, ["schedule"]),
        ("0 2 * * *", ["schedule"]),
        ({"hour": "24"}, ["schedule.hour"]),
        ({"minute": "60", "dayOfWeek": "0"}, ["schedule.minute", "schedule.dayOfWeek"]),
        ({"second": "*"}, ["schedule.second"]),
        ({"second": "0/10"}, ["schedule.second"]),
        ({"hour": "[9-8]"}, ["schedule.hour"]),
        ({"hour": "1-2"}, ["schedule.hour"]),
        ({"hour": "1,"}, ["schedule.hour"]),
        ({"hour": True}, ["schedule.hour"]),
        ({"hour": "１"}, ["schedule.hour"]),
        ({"year": "2026"}, ["schedule.year"]),
        ({"month": "2", "dayOfMonth": "30"}, ["schedule.dayOfMonth"]),
        ({"hour": "1," * 200 + "1"}, ["schedule.hour"]),
    ],
)
def test_a_timetable_that_cannot_be_kept_is_refused(said: Any, fields: list[str]) -> None:
    with pytest.raises(Rejected) as refusal:
        read_schedule(said)

    assert [problem.field for problem in refusal.value.problems] == fields
    assert set(refusal.value.codes) == {"subscription_schedule"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"hour": "2", "minute": "30"}, "2时，30分"),
        ({"dayOfWeek": "[1-5]", "hour": "8,20"}, "周一至周五，8时、20时"),
        ({"month": "6", "dayOfMonth": "1,15"}, "6月，1日、15日"),
    ],
)
def test_a_timetable_is_told_in_words(said: dict[str, Any], words: str) -> None:
    assert in_words(said) == words
