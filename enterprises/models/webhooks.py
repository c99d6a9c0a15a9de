"""Addresses of self-built systems that are told of incoming goods and recalls."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class WebhookQuerySet(ScopedQuerySet["Webhook"]):
    reach = Reach(
        operator="system__operator_id",
        county="system__operator__county_id",
        division="system__operator__division_id",
        station="system__operator__station_id",
    )

    def active(self) -> WebhookQuerySet:
        return self.filter(state=Webhook.State.ACTIVE)


class Webhook(models.Model):
    """One address that a system has asked us to call, and what about."""

    class State(models.TextChoices):
        ACTIVE = "active", "在用"
        PAUSED = "paused", "已暂停"
        STOPPED = "stopped", "多次送不到，已停用"
        ENDED = "ended", "已取消"

    class Event(models.TextChoices):
        INCOMING = "incoming.created", "有来货待确认"
        RECALL = "recall.notified", "收到召回通知"
        PING = "ping", "测试"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        "enterprises.SelfBuiltSystem",
        models.PROTECT,
        related_name="webhooks",
        verbose_name="自建系统",
    )
    url = models.CharField("地址", max_length=500)
    sealed_secret = models.BinaryField("加密保存的密钥", max_length=200)
    events = ArrayField(models.CharField(max_length=20, choices=Event), verbose_name="事件")
    state = models.CharField("状态", max_length=8, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField("登记时间")
    failing_since = models.DateTimeField("从何时起送不到", null=True)
    stopped_at = models.DateTimeField("停用时间", null=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = "推送地址"
        verbose_name_plural = "推送地址"
        constraints = [
            models.UniqueConstraint(
                fields=["system", "url"],
                condition=~Q(state="ended"),
                name="webhook_address_once",
            )
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def keeps_waiting(self) -> bool:
        """Whether its messages are still to be sent, now or when it is taken up again."""
        return self.state in (self.State.ACTIVE, self.State.PAUSED)


class WebhookDeliveryQuerySet(ScopedQuerySet["WebhookDelivery"]):
    reach = Reach(
        operator="webhook__system__operator_id",
        county="webhook__system__operator__county_id",
        division="webhook__system__operator__division_id",
        station="webhook__system__operator__station_id",
    )


class WebhookDelivery(models.Model):
    """One message to one address: waiting, arrived, or given up; each try is counted."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待发送"
        ARRIVED = "arrived", "已送达"
        GIVEN_UP = "given_up", "未送达"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    webhook = models.ForeignKey(
        Webhook, models.CASCADE, related_name="deliveries", verbose_name="推送地址"
    )
    event = models.CharField("事件", max_length=20, choices=Webhook.Event)
    subject_id = models.BigIntegerField("对象编号")
    operator_id = models.BigIntegerField("经营主体", default=0, db_default=0)
    body = models.JSONField("内容")
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    next_at = models.DateTimeField("下次发送")
    last_status = models.PositiveSmallIntegerField("对方状态码", null=True)
    last_error = models.CharField("没送到的原因", max_length=120, blank=True, default="")
    created_at = models.DateTimeField("产生时间")
    finished_at = models.DateTimeField("结束时间", null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "推送记录"
        verbose_name_plural = "推送记录"
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["webhook", "-id"], name="delivery_webhook_latest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "event", "subject_id", "operator_id"], name="delivery_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.get_state_display()}"
