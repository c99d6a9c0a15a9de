"""What signed requests leave behind: keys, used nonces, answers and the senders' own numbers."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class ApiKeyQuerySet(ScopedQuerySet["ApiKey"]):
    reach = Reach(
        operator="system__operator_id",
        county="system__operator__county_id",
        division="system__operator__division_id",
        station="system__operator__station_id",
    )

    def valid(self, *, at: datetime) -> ApiKeyQuerySet:
        """The keys that sign requests at that moment."""
        return self.filter(
            Q(retires_at=None) | Q(retires_at__gt=at),
            state=ApiKey.State.ACTIVE,
            valid_from__lte=at,
        )


class ApiKey(models.Model):
    """A key of a self-built system.

    Whoever checks an HMAC needs the secret itself and not a digest of it, so the secret is kept;
    but sealed with a key that is not in the database: a copy of the database signs nothing.
    """

    class Algorithm(models.TextChoices):
        SHA256 = "hmac-sha256", "HMAC-SHA256"
        SM3 = "hmac-sm3", "HMAC-SM3（国密）"

    class State(models.TextChoices):
        ACTIVE = "active", "有效"
        REVOKED = "revoked", "已吊销"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        "enterprises.SelfBuiltSystem", models.PROTECT, related_name="keys", verbose_name="自建系统"
    )
    key_id = models.CharField("密钥编号", max_length=24, unique=True)
    sealed_secret = models.BinaryField("加密保存的密钥", max_length=200)
    algorithm = models.CharField("算法", max_length=12, choices=Algorithm, default=Algorithm.SHA256)
    state = models.CharField("状态", max_length=8, choices=State, default=State.ACTIVE)
    valid_from = models.DateTimeField("启用时间")
    retires_at = models.DateTimeField("到期时间", null=True, help_text="更换密钥后，旧密钥用到这时")
    revoked_at = models.DateTimeField("吊销时间", null=True)
    revoke_reason = models.CharField("吊销原因", max_length=200, blank=True, default="")
    last_used_at = models.DateTimeField("最近使用", null=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "接口密钥"
        verbose_name_plural = "接口密钥"

    def __str__(self) -> str:
        return self.key_id


class UsedNonce(models.Model):
    """A nonce that a key has used; forgotten when its request could no longer be accepted."""

    id = models.UUIDField("摘要", primary_key=True)
    expires_at = models.DateTimeField("失效时间", db_index=True)

    class Meta:
        verbose_name = "用过的随机数"
        verbose_name_plural = "用过的随机数"

    def __str__(self) -> str:
        return str(self.id)


class ApiUploadQuerySet(ScopedQuerySet["ApiUpload"]):
    reach = Reach(
        operator="system__operator_id",
        county="system__operator__county_id",
        division="system__operator__division_id",
        station="system__operator__station_id",
    )


class ApiUpload(models.Model):
    """One call that wrote something, and the answer it got, so that a repeated call gets the same.

    It is written in the transaction that records the items: there is no answer without its
    records, and no record without its answer.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system = models.ForeignKey(
        "enterprises.SelfBuiltSystem", models.PROTECT, related_name="+", verbose_name="自建系统"
    )
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, related_name="+", db_index=False, verbose_name="密钥"
    )
    idempotency_key = models.CharField("幂等键", max_length=80)
    request_hash = models.BinaryField("请求摘要", max_length=32)
    kind = models.CharField("记录种类", max_length=20)
    operator_id = models.BigIntegerField("经营主体")
    status = models.PositiveSmallIntegerField("状态码")
    answer = models.TextField("回答")
    sent_count = models.PositiveIntegerField("上传条数")
    accepted_count = models.PositiveIntegerField("接收条数")
    created_at = models.DateTimeField("时间", db_index=True)

    objects = ApiUploadQuerySet.as_manager()

    class Meta:
        verbose_name = "接口回执"
        verbose_name_plural = "接口回执"
        indexes = [models.Index(fields=["system", "-id"], name="upload_system_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "idempotency_key"], name="upload_once_per_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M}"


class UploadedItemQuerySet(ScopedQuerySet["UploadedItem"]):
    reach = Reach(county="", division="", station="")


class UploadedItem(models.Model):
    """The sender's own number of a record: the last guard against recording it twice.

    Each system numbers by itself; a channel's 1 is not the 1 of its client's own system.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    system_id = models.BigIntegerField("自建系统")
    operator_id = models.BigIntegerField("经营主体")
    kind = models.CharField("记录种类", max_length=20)
    external_id = models.CharField("企业内部编号", max_length=64)
    content_hash = models.BinaryField("内容摘要", max_length=16)
    record_id = models.BigIntegerField("记录")
    upload_id = models.BigIntegerField("接口回执")

    objects = UploadedItemQuerySet.as_manager()

    class Meta:
        verbose_name = "接口上传的记录"
        verbose_name_plural = "接口上传的记录"
        indexes = [models.Index(fields=["operator_id", "-id"], name="item_operator_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["system_id", "operator_id", "kind", "external_id"],
                name="item_once_per_system",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"
