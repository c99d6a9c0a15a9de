"""Pairs of records that came by different channels and seem to tell of the same goods."""

from __future__ import annotations

from django.db import models

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id
from traceability.models.records import Channel


class DuplicateQuerySet(ScopedQuerySet["DuplicateSuspect"]):
    reach = Reach()

    def waiting(self) -> DuplicateQuerySet:
        return self.filter(state=DuplicateSuspect.State.WAITING)


class DuplicateSuspect(models.Model):
    """A pair to be decided: one delivery told twice, or two deliveries.

    ``record_id`` came later and goes when they are the same; ``earlier_id`` stays. What they say is
    kept beside them, so that the list is read without the records.
    """

    class Kind(models.TextChoices):
        PURCHASE = "purchase", "进货"
        SALE = "sale", "销售"

    class State(models.TextChoices):
        WAITING = "waiting", "待核对"
        SAME = "same", "重复，已留一条"
        DIFFERENT = "different", "不是重复"

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
    kind = models.CharField("种类", max_length=10, choices=Kind)
    record_id = models.BigIntegerField("后到的记录")
    earlier_id = models.BigIntegerField("先到的记录")
    channel = models.CharField("后到渠道", max_length=10, choices=Channel)
    earlier_channel = models.CharField("先到渠道", max_length=10, choices=Channel)
    happened_on = models.DateField("业务日期")
    name = models.CharField("食品名称", max_length=80)
    partner_name = models.CharField("往来单位", max_length=120)
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    found_at = models.DateTimeField("发现时间")
    decided_at = models.DateTimeField("核对时间", null=True)
    decided_by = models.BigIntegerField("核对人", null=True)
    decided_name = models.CharField("核对人姓名", max_length=60, blank=True, default="")

    objects = DuplicateQuerySet.as_manager()

    class Meta:
        verbose_name = "疑似重复"
        verbose_name_plural = "疑似重复"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "record_id", "earlier_id"], name="duplicate_pair_once"
            )
        ]
        indexes = [
            models.Index(fields=["operator", "-id"], name="duplicate_operator_latest"),
            models.Index(fields=["county_id", "-id"], name="duplicate_county_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
