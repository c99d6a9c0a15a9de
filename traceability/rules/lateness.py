"""Whether a record came in time, as the health card of its system counts it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

# Source: domain.md section 5 (valid record: recorded within N days of the event, 3 by default).
WITHIN = timedelta(days=3)
# The day on which what a line tells happened, by the kind of sheet; lists have none.
DAY_FIELDS = {
    "purchases": "purchased_on",
    "sales": "sold_on",
    "inspections": "inspected_on",
    "production": "produced_on",
}


def is_late(kind: str, values: Mapping[str, Any], *, received_on: date) -> bool:
    """Whether the line tells of something longer ago than the days allowed for recording."""
    return is_late_day(values.get(DAY_FIELDS.get(kind, "")), received_on=received_on)


def is_late_day(happened_on: Any, *, received_on: date) -> bool:
    """The same by the day, or whatever stands in its place."""
    return isinstance(happened_on, date) and received_on - happened_on > WITHIN
