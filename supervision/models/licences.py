"""How many operators of a division hold licences, and how many hold only valid ones."""

from __future__ import annotations

from django.db import models

from enterprises.scope import Reach, ScopedQuerySet


class LicenceMonthQuerySet(ScopedQuerySet["LicenceMonth"]):
    reach = Reach(operator="", county="division_id", station="")


class LicenceMonth(models.Model):
    """One division of any level, month and link: operators in scope with licences, and valid ones.

    Counted at night, for the divisions above too, as of the month's last day, or of the day itself in the running month; left
    alone once the month is frozen.
    """

    pk = models.CompositePrimaryKey("division_id", "month", "sector")
    division_id = models.BigIntegerField("区划")
    month = models.DateField("月份")
    sector = models.PositiveSmallIntegerField("环节")
    licensed_count = models.IntegerField("有许可证的主体", default=0)
    licence_valid_count = models.IntegerField("许可证均有效的主体", default=0)
    counted_at = models.DateTimeField("统计时间")

    objects = LicenceMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "证照月统计"
        verbose_name_plural = "证照月统计"

    def __str__(self) -> str:
        return f"{self.division_id} {self.month:%Y-%m}"
