"""How many records came by which channel, by county and month."""

from __future__ import annotations

from django.db import models

from enterprises.scope import Reach, ScopedQuerySet
from traceability.models import Channel


class ChannelMonthQuerySet(ScopedQuerySet["ChannelMonth"]):
    reach = Reach(operator="", division="county_id", station="")


class ChannelMonth(models.Model):
    """Current records of one county's operators by one channel, for the days of one month.

    ``operator_count`` adds up over counties, not over channels: one operator may use several.
    ``waiting_count`` and ``same_count`` are pairs told twice whose later record came by this
    channel: still to be decided, and decided to be one.
    """

    pk = models.CompositePrimaryKey("month", "county_id", "channel")
    month = models.DateField("月份")
    county_id = models.BigIntegerField("县区")
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    record_count = models.PositiveIntegerField("记录数", default=0)
    operator_count = models.PositiveIntegerField("主体数", default=0)
    waiting_count = models.PositiveIntegerField("疑似重复", default=0)
    same_count = models.PositiveIntegerField("确认重复", default=0)
    counted_at = models.DateTimeField("统计时间")

    objects = ChannelMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "渠道月统计"
        verbose_name_plural = "渠道月统计"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.county_id} {self.channel}"
