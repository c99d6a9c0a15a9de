"""What an operation leaves beside its records: marks for the filler, keys against double submits."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from shilian.db.ids import new_id


class MonthMark(models.Model):
    """An operator's month was touched; the filler recomputes it and deletes the mark.

    Written in the transaction of the record, so no committed record escapes the numbers.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator_id = models.BigIntegerField("经营主体")
    month = models.DateField("月份")

    class Meta:
        verbose_name = "待统计月份"
        verbose_name_plural = "待统计月份"

    def __str__(self) -> str:
        return f"{self.operator_id} {self.month:%Y-%m}"


class Submission(models.Model):
    """One press of a submit button; a second press with the same key finds the first's records."""

    pk = models.CompositePrimaryKey("operator_id", "key")
    operator_id = models.BigIntegerField("经营主体")
    key = models.UUIDField("提交标识")
    operation = models.CharField("操作", max_length=40)
    record_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="写成的记录")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "提交"
        verbose_name_plural = "提交"

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"


class QuietMonth(models.Model):
    """An operator declared that nothing was bought this month (本期无进货).

    Source: domain.md section 5 (a declaration counts for at most one month in a row).
    """

    pk = models.CompositePrimaryKey("operator_id", "month")
    operator_id = models.BigIntegerField("经营主体")
    month = models.DateField("月份")
    declared_at = models.DateTimeField("声明时间")
    declared_by = models.BigIntegerField("声明人", null=True)

    class Meta:
        verbose_name = "本期无进货声明"
        verbose_name_plural = "本期无进货声明"

    def __str__(self) -> str:
        return f"{self.operator_id} {self.month:%Y-%m}"
