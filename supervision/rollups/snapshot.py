"""What a month's freeze keeps beside its rows: their digest and the channels' counts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max

from supervision.models import ChannelMonth
from supervision.rollups.channels import count_channels

# The channels are counted every night.
FRESH = timedelta(hours=26)

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


def channel_counts(month: date, *, at: datetime) -> dict[str, Any]:
    """Records and operators by county and channel, and the instant at which they were counted.

    The count of the night before is taken where there is one: counting reads every record of the
    month, half a minute for thirty million. Cost: two queries, or one pass over the records.
    """
    rows = ChannelMonth.objects.filter(month=month)
    counted_at = rows.aggregate(latest=Max("counted_at"))["latest"]
    if counted_at is None or at - counted_at > FRESH:
        count_channels(month, at=at)
        counted_at = at
    counties: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for row in rows.order_by("county_id", "channel"):
        counties[str(row.county_id)][row.channel] = [row.record_count, row.operator_count]
    return {"counted_at": counted_at.isoformat(), "counties": dict(counties)}
