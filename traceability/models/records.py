"""What every legal record has in common."""

from __future__ import annotations

from typing import Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class RecordState(models.TextChoices):
    CURRENT = "current", "有效"
    SUPERSEDED = "superseded", "已更正"
    VOIDED = "voided", "已作废"


class Channel(models.TextChoices):
    """Through which door a record came; every door counts once and the same."""

    FORM = "form", "手机或电脑录入"
    INCOMING = "incoming", "确认来货"
    SHEET = "sheet", "表格导入"
    API = "api", "接口上传"
    MARKET = "market", "菜场"
    CANTEEN = "canteen", "山餐安"
    SYSTEM = "system", "平台"
    DEMO = "demo", "演示数据"
    # Last, because the tallies keep a bit for each in this order.
    NETWORK = "network", "一网通"


M = TypeVar("M", bound=models.Model)


class RecordQuerySet(ScopedQuerySet[M]):
    # Records carry their own county and township, so a bureau's reads need no join.
    reach = Reach()

    def current(self) -> Self:
        return self.filter(state=RecordState.CURRENT)


class Record(models.Model):
    """A legal record: written once, corrected only by a later one that supersedes it.

    No database foreign keys (they halve the speed of loading and cannot cross shards); rows are
    distributed by ``operator_id``. ``leaf_hash`` is SHA-256 over 0x00, the salt and the canonical
    JSON of the record and its batch, for the transparency log. When a correction changes the batch,
    the superseded record keeps the batch's former facts in ``batch_before``.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="经营主体",
    )
    division_id = models.BigIntegerField("乡镇")
    county_id = models.BigIntegerField("县区")
    recorded_at = models.DateTimeField("记录时间")
    recorded_by = models.BigIntegerField("记录人", null=True)
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    state = models.CharField(
        "状态", max_length=10, choices=RecordState, default=RecordState.CURRENT
    )
    supersedes_id = models.BigIntegerField("更正的记录", null=True)
    superseded_by_id = models.BigIntegerField("更正为", null=True)
    reason = models.CharField("更正或作废原因", max_length=200, blank=True, default="")
    batch_before = models.JSONField(
        "更正前的批次信息", null=True, help_text="更正改变批次时，原记录在此保留批次的原貌"
    )
    missing = ArrayField(
        models.CharField(max_length=30), default=list, verbose_name="缺少的法定要素"
    )
    warnings = ArrayField(models.CharField(max_length=40), default=list, verbose_name="提示")
    raw = models.JSONField("原始输入", null=True)
    evidence_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="凭证")
    voucher_number = models.CharField("凭证号", max_length=60, blank=True, default="")
    retain_until = models.DateField("至少保存至")
    leaf_salt = models.BinaryField("盐", max_length=16)
    leaf_hash = models.BinaryField("叶哈希", max_length=32)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_complete(self) -> bool:
        """Whether every legal field of this subject is met."""
        return not self.missing

    @property
    def is_current(self) -> bool:
        return self.state == RecordState.CURRENT
