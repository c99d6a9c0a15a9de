"""Administrative divisions and supervision stations: where everything happens."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Q


class DivisionQuerySet(models.QuerySet["Division"]):
    def under(self, paths: Iterable[str]) -> DivisionQuerySet:
        """The divisions at or below any of the stored paths."""
        wanted = Q(pk__in=[])
        for path in paths:
            wanted |= Q(path__startswith=path)
        return self.filter(wanted)

    def counties(self) -> DivisionQuerySet:
        """Counties and statistical zones: what a county bureau answers for."""
        return self.filter(level__in=(Division.Level.COUNTY, Division.Level.ZONE))

    def cities(self) -> DivisionQuerySet:
        return self.filter(level=Division.Level.CITY)

    def townships(self) -> DivisionQuerySet:
        return self.filter(level=Division.Level.TOWNSHIP)


class Division(models.Model):
    """A province, city, county, zone or township.

    ``path`` holds the codes from the root down, each closed by a slash; scope is decided on it and
    never on the digits of the code, because statistical zones do not nest by code.
    Source: GB/T 2260; domain.md section 3.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "县（市、区）"
        ZONE = "zone", "功能区"
        TOWNSHIP = "township", "乡镇（街道）"

    id = models.BigIntegerField("编号", primary_key=True, help_text="区划代码的数值")
    code = models.CharField("区划代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=10, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    path = models.CharField("层级路径", max_length=80, unique=True)
    is_demonstration = models.BooleanField("示范城市", default=False)
    is_creating = models.BooleanField("创建城市", default=False)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = "行政区划"
        verbose_name_plural = "行政区划"

    def __str__(self) -> str:
        return self.name

    @property
    def is_county_level(self) -> bool:
        return self.level in (self.Level.COUNTY, self.Level.ZONE)


class Station(models.Model):
    """A supervision station (监管所) under a county bureau, answering for one or more townships."""

    id = models.BigIntegerField("编号", primary_key=True)
    name = models.CharField("名称", max_length=60)
    county = models.ForeignKey(
        Division, models.PROTECT, related_name="stations", verbose_name="所属县区"
    )
    townships = models.ManyToManyField(
        Division, related_name="supervising_stations", verbose_name="管辖乡镇", blank=True
    )
    phone = models.CharField("办公电话", max_length=20, blank=True)

    class Meta:
        verbose_name = "监管所"
        verbose_name_plural = "监管所"
        constraints = [
            models.UniqueConstraint(fields=["county", "name"], name="station_name_unique_in_county")
        ]

    def __str__(self) -> str:
        return self.name
