"""What a month's freeze keeps beside its rows: their digest and the channels' counts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date

from django.db import connection

from supervision.models import ChannelMonth

# Named one by one: a column that is added later leaves the digest of a frozen month as it is.
DIGESTED = (
    "operator_id", "division_id", "county_id", "sector", "standing", "own_classes", "required_days",
    "in_scope", "activated", "obliged", "ten_plus_three", "days", "classes", "channels",
    "purchase_count", "sale_count", "inspection_count", "valid_count", "late_count",
    "incomplete_count", "matchable_count", "unmatched_count", "system_count", "system_met_count",
    "quiet", "active", "covered",
)  # fmt: skip


def rows_digest(month: date) -> str:
    """SHA-256 over the digests of the counties' operator rows, in the order of their ids.

    Cost: one pass over the month's rows; a county's at a time is held in memory.
    """
    columns = ", ".join(f"m.{name}" for name in DIGESTED)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT county_id, encode(sha256(convert_to(string_agg(row, E'\\n'"
            " ORDER BY operator_id), 'UTF8')), 'hex') FROM (SELECT m.county_id, m.operator_id,"
            f" concat_ws('|', {columns}) AS row FROM supervision_operatormonth m"
            " WHERE m.month = %s) r GROUP BY county_id ORDER BY county_id",
            [month],
        )
        text = "\n".join(f"{county} {digest}" for county, digest in cursor.fetchall())
    return hashlib.sha256(text.encode()).hexdigest()


def channel_counts(month: date) -> dict[str, dict[str, list[int]]]:
    """Records and operators by county and channel, as they are counted now. Cost: one query."""
    found: dict[str, dict[str, list[int]]] = defaultdict(dict)
    rows = ChannelMonth.objects.filter(month=month).order_by("county_id", "channel")
    for row in rows:
        found[str(row.county_id)][row.channel] = [row.record_count, row.operator_count]
    return dict(found)
