"""How much each indicator weighs in the composite score, as dated data."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from supervision.models.bulletins import PROVINCE_PATH


class WeightQuerySet(models.QuerySet["ScoreWeights"]):
    def in_force(self, on: date) -> WeightQuerySet:
        return self.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)


class ScoreWeights(models.Model):
    """The weights of the four indicators between two dates: the province's, or a city's own.

    ``weights``: per cent by the indicator's code, as text; together 100. A city's own weights rank
    what lies below the city; the ranking of the cities always takes the province's.
    """

    area_path = models.CharField("辖区路径", max_length=80, default=PROVINCE_PATH)
    weights = models.JSONField("权重（%）")
    legal_basis = models.CharField("依据", max_length=200)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    reviewed_on = models.DateField("审定日期")

    objects = WeightQuerySet.as_manager()

    class Meta:
        verbose_name = "考核权重"
        verbose_name_plural = "考核权重"
        constraints = [
            models.UniqueConstraint(
                fields=["area_path", "effective_from"], name="weights_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True)
                | Q(effective_to__gte=models.F("effective_from")),
                name="weights_end_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_path} {self.effective_from:%Y-%m}"
