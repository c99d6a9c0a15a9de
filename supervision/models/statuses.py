"""Since when a city is a demonstration or creating city, as dated data."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q


class CityStatusQuerySet(models.QuerySet["CityStatus"]):
    def in_force(self, on: date) -> CityStatusQuerySet:
        return self.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)


class CityStatus(models.Model):
    """What a city is between two dates; demonstration and creating cities have higher targets.

    Before its first row a city is what the table of divisions said when it was loaded.
    """

    class Status(models.TextChoices):
        NONE = "none", "一般城市"
        DEMONSTRATION = "demonstration", "示范城市"
        CREATING = "creating", "创建城市"

    RAISED = (Status.DEMONSTRATION, Status.CREATING)

    city = models.ForeignKey(
        "enterprises.Division", models.PROTECT, related_name="+", verbose_name="市"
    )
    status = models.CharField("身份", max_length=16, choices=Status)
    legal_basis = models.CharField("依据", max_length=200)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    reviewed_on = models.DateField("审定日期")

    objects = CityStatusQuerySet.as_manager()

    class Meta:
        verbose_name = "示范、创建城市"
        verbose_name_plural = "示范、创建城市"
        constraints = [
            models.UniqueConstraint(
                fields=["city", "effective_from"], name="city_status_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True)
                | Q(effective_to__gte=models.F("effective_from")),
                name="city_status_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city_id} {self.get_status_display()} {self.effective_from:%Y-%m}"
