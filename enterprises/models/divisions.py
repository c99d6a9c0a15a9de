"""Administrative divisions and supervision stations: where everything happens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Q


def was_standing(day: date) -> Q:
    """The condition that a division had not been replaced by the end of the day."""
    return Q(ended_on=None) | Q(ended_on__gte=day)


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

    def standing_on(self, day: date) -> DivisionQuerySet:
        """The divisions that had not been replaced by the end of the day."""
        return self.filter(was_standing(day))

    def in_use(self) -> DivisionQuerySet:
        """The divisions that nothing has replaced: what may be chosen for anything new."""
        return self.filter(ended_on=None)


class Division(models.Model):
    """A province, city, county, zone or township.

    ``path`` holds the codes from the root down, each closed by a slash; scope is decided on it and
    never on the digits of the code, because statistical zones do not nest by code. A path never
    changes once operators are listed: what is merged, split or put under another parent gets new
    codes, so the months behind us keep the tree that they were counted in.
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
    ended_on = models.DateField("撤并前最后一天", null=True, blank=True)
    also_answers = models.JSONField(
        "因撤并一并负责的区划",
        default=list,
        blank=True,
        help_text="由区划撤并算出：path、code、name，已撤并的另有 last_day、last_month",
    )

    objects = DivisionQuerySet.as_manager()

    class Meta:
        verbose_name = "行政区划"
        verbose_name_plural = "行政区划"

    def __str__(self) -> str:
        return self.name

    @property
    def answering_paths(self) -> tuple[str, ...]:
        """What its officers answer for: itself, and what was merged into it or took it over.

        What stands comes first, because an officer's pages start with it.
        """
        also = tuple(each["path"] for each in self.also_answers)
        return (self.path, *also) if self.ended_on is None else (*also, self.path)

    @property
    def taken_over(self) -> list[dict[str, str]]:
        """The replaced divisions whose records stay under the old code, as ``also_answers`` has them."""
        return [each for each in self.also_answers if each.get("last_day")]

    @property
    def taken_over_by(self) -> list[dict[str, str]]:
        """The divisions that follow a replaced one; none while it stands."""
        return [each for each in self.also_answers if not each.get("last_day")]

    @property
    def is_county_level(self) -> bool:
        return self.level in (self.Level.COUNTY, self.Level.ZONE)


class DivisionSuccession(models.Model):
    """One division that replaced another, or a part of it, from a day on.

    A merger has several rows with one ``new``, a split several with one ``old``.
    """

    id = models.BigAutoField("编号", primary_key=True)
    old = models.ForeignKey(
        Division, models.PROTECT, related_name="successions", verbose_name="原区划"
    )
    new = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="新区划")
    effective_on = models.DateField("生效日期", db_index=True)

    class Meta:
        verbose_name = "区划撤并"
        verbose_name_plural = "区划撤并"
        constraints = [
            models.UniqueConstraint(fields=["old", "new"], name="succession_once_a_pair"),
            models.CheckConstraint(
                condition=~Q(old=models.F("new")), name="succession_to_another_division"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_id} → {self.new_id}"


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
