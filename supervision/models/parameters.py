"""Thresholds and targets of the indicators as dated data, each with its basis."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q


class ParameterQuerySet(models.QuerySet["IndicatorParameter"]):
    def in_force(self, on: date) -> ParameterQuerySet:
        return self.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)


class IndicatorParameter(models.Model):
    """One threshold of the formulas between two dates. Source: domain.md section 5."""

    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=80)
    value = models.DecimalField("数值", max_digits=9, decimal_places=2)
    unit = models.CharField("单位", max_length=8)
    legal_basis = models.CharField("依据", max_length=200)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    reviewed_on = models.DateField("审定日期")

    objects = ParameterQuerySet.as_manager()

    class Meta:
        verbose_name = "指标参数"
        verbose_name_plural = "指标参数"
        constraints = [
            models.UniqueConstraint(fields=["code", "effective_from"], name="parameter_once_a_day"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True)
                | Q(effective_to__gte=models.F("effective_from")),
                name="parameter_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="parameter_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value.normalize():f}{self.unit}"


class TargetQuerySet(models.QuerySet["IndicatorTarget"]):
    def in_force(self, on: date) -> TargetQuerySet:
        return self.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)


class IndicatorTarget(models.Model):
    """The rate an indicator should reach; demonstration and creating cities have a higher one."""

    class Tier(models.TextChoices):
        BASE = "base", "全省"
        RAISED = "raised", "示范、创建城市"

    indicator = models.CharField("指标", max_length=30)
    tier = models.CharField("档次", max_length=10, choices=Tier)
    value_percent = models.DecimalField("目标（%）", max_digits=5, decimal_places=2)
    legal_basis = models.CharField("依据", max_length=200)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    reviewed_on = models.DateField("审定日期")

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = "指标目标"
        verbose_name_plural = "指标目标"
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "tier", "effective_from"], name="target_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True)
                | Q(effective_to__gte=models.F("effective_from")),
                name="target_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(value_percent__gt=0, value_percent__lte=100),
                name="target_between_0_and_100",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.get_tier_display()} {self.value_percent}%"
