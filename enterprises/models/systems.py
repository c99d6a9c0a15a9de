"""Self-built systems (自建系统) that upload for their operators."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class SystemQuerySet(ScopedQuerySet["SelfBuiltSystem"]):
    reach = Reach(county="operator__county_id", division="operator__division_id")

    def in_service(self) -> SystemQuerySet:
        return self.filter(state=SelfBuiltSystem.State.IN_SERVICE)


class SelfBuiltSystem(models.Model):
    """A system of an operator's own that is on the register (登记造册)."""

    class State(models.TextChoices):
        APPLIED = "applied", "已申请"
        IN_SERVICE = "in_service", "在用"
        ENDED = "ended", "停用"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator", models.PROTECT, related_name="systems", verbose_name="经营主体"
    )
    name = models.CharField("系统名称", max_length=80)
    vendor = models.CharField("开发单位", max_length=80, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=20, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.APPLIED)
    due_weekdays = models.PositiveSmallIntegerField(
        "应上传的星期", default=0b1111111, help_text="位图，最低位是星期一"
    )
    registered_at = models.DateTimeField("登记时间")
    in_service_since = models.DateField("启用日期", null=True, blank=True)
    ended_on = models.DateField("停用日期", null=True, blank=True)

    objects = SystemQuerySet.as_manager()

    class Meta:
        verbose_name = "自建系统"
        verbose_name_plural = "自建系统"

    def __str__(self) -> str:
        return self.name


class SystemDay(models.Model):
    """How many rows one system sent on one business day, and how many were accepted."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        SelfBuiltSystem, models.PROTECT, related_name="days", verbose_name="自建系统"
    )
    day = models.DateField("日期")
    sent_count = models.PositiveIntegerField("上传条数", default=0)
    accepted_count = models.PositiveIntegerField("接收条数", default=0)

    class Meta:
        verbose_name = "自建系统日上传"
        verbose_name_plural = "自建系统日上传"
        constraints = [
            models.UniqueConstraint(fields=["system", "day"], name="system_day_once"),
            models.CheckConstraint(
                condition=Q(accepted_count__lte=F("sent_count")), name="system_day_accepts_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.day}"
