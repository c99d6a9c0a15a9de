"""What the operators of one class of goods did in a month, for every division that has some."""

from __future__ import annotations

from django.db import models

from enterprises.scope import Reach, ScopedQuerySet


class ClassMonthQuerySet(ScopedQuerySet["ClassMonth"]):
    reach = Reach(operator="", county="division_id", station="")


class ClassMonth(models.Model):
    """One division of any level, month, link and class of goods: the operators that trade in it.

    An operator of several classes stands in each, so classes do not add up. Counted by the hour,
    for the divisions above too, so that a page reads no more than one division's few rows.
    ``day_count`` is the operators' days with a valid record, ``record_count`` all their records.
    """

    pk = models.CompositePrimaryKey("month", "division_id", "sector", "goods_class")
    month = models.DateField("月份")
    division_id = models.BigIntegerField("区划")
    sector = models.PositiveSmallIntegerField("环节")
    goods_class = models.CharField("品种大类", max_length=20)
    operator_count = models.IntegerField("在册主体", default=0)
    registered_count = models.IntegerField("已注册", default=0)
    obliged_count = models.IntegerField("应上传", default=0)
    active_count = models.IntegerField("活跃", default=0)
    covered_count = models.IntegerField("有本类有效记录", default=0)
    day_count = models.BigIntegerField("有效记录日合计", default=0)
    record_count = models.BigIntegerField("记录", default=0)
    counted_at = models.DateTimeField("统计时间")

    objects = ClassMonthQuerySet.as_manager()

    class Meta:
        verbose_name = "品种月统计"
        verbose_name_plural = "品种月统计"

    def __str__(self) -> str:
        return f"{self.division_id} {self.month:%Y-%m} {self.goods_class}"
