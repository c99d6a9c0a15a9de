"""Codes sent to phones, token buckets against guessing, and the audit trail."""

from __future__ import annotations

from django.db import models

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class VerificationCode(models.Model):
    """A six-digit code sent to the phone number on file; only its keyed digest is kept."""

    class Purpose(models.TextChoices):
        ACTIVATE = "activate", "激活账号"
        RESET = "reset", "重设密码"
        APPLY = "apply", "申请注册"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    phone = models.CharField("手机号", max_length=20)
    purpose = models.CharField("用途", max_length=10, choices=Purpose)
    operator = models.ForeignKey(
        "enterprises.Operator", models.CASCADE, null=True, verbose_name="经营主体"
    )
    code_hash = models.CharField("验证码摘要", max_length=64)
    sent_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    guesses = models.PositiveSmallIntegerField("已试次数", default=0)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "验证码"
        verbose_name_plural = "验证码"
        indexes = [models.Index(fields=["phone", "purpose", "-sent_at"], name="code_phone_latest")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.sent_at}"


class RateBucket(models.Model):
    """A token bucket kept in the database, so that losing the cache forgives nobody."""

    key = models.CharField("键", max_length=100, primary_key=True)
    tokens = models.FloatField("剩余")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "限流计数"
        verbose_name_plural = "限流计数"

    def __str__(self) -> str:
        return self.key


class AuditQuerySet(ScopedQuerySet["AuditEntry"]):
    reach = Reach(division="county_id", station="")


class AuditEntry(models.Model):
    """Who did what, when, to which thing; one row for each operation or sensitive look."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    at = models.DateTimeField("时间")
    event = models.CharField("事件", max_length=40)
    person_id = models.BigIntegerField("用户", null=True)
    actor_name = models.CharField("操作人", max_length=60, blank=True)
    channel = models.CharField("渠道", max_length=10)
    address = models.CharField("来源地址", max_length=45, blank=True)
    request_id = models.CharField("请求编号", max_length=40, blank=True)
    operator_id = models.BigIntegerField("经营主体", null=True)
    county_id = models.BigIntegerField("县区", null=True)
    about = models.CharField("对象", max_length=40, blank=True)
    about_id = models.BigIntegerField("对象编号", null=True)
    count = models.PositiveIntegerField("数量", default=1)
    reason = models.CharField("理由", max_length=200, blank=True)
    details = models.JSONField("详情", default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        indexes = [
            models.Index(fields=["operator_id", "-id"], name="audit_operator_latest"),
            models.Index(fields=["person_id", "-id"], name="audit_person_latest"),
            models.Index(fields=["-at", "-id"], name="audit_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.event}"
