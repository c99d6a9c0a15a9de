"""A batch: one lot in one operator's hands; and the links that lead from batch to batch."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shilian.db.ids import new_id
from traceability.models.records import RecordQuerySet, RecordState


class BatchOrigin(models.TextChoices):
    PURCHASED = "purchased", "购进"
    MADE = "made", "生产加工"
    GROWN = "grown", "种植养殖"
    # The same goods in another shape: split, merged or repacked; packed; come back from a buyer.
    REPACKED = "repacked", "拆分、合并、分装"
    PACKED = "packed", "装箱"
    RETURNED = "returned", "客户退回"


RESHAPED = frozenset({BatchOrigin.REPACKED, BatchOrigin.PACKED, BatchOrigin.RETURNED})


class BatchQuerySet(RecordQuerySet["Batch"]):
    pass


class Batch(models.Model):
    """One lot held by one operator: what it is, how much, and how to recognise it.

    The product's facts are copied, because a later change of the catalogue must not change what was
    received. ``token_salt`` goes into the public code, so that codes cannot be counted through.
    """

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="持有者",
    )
    division_id = models.BigIntegerField("乡镇")
    county_id = models.BigIntegerField("县区")
    product = models.ForeignKey(
        "traceability.Product",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="商品",
    )
    name = models.CharField("名称", max_length=80)
    specification = models.CharField("规格", max_length=60, blank=True, default="")
    unit = models.CharField("单位", max_length=8)
    goods_class = models.CharField("品种大类", max_length=20, blank=True, default="")
    is_farm_produce = models.BooleanField("食用农产品", default=False)
    batch_number = models.CharField("生产批号", max_length=60, blank=True, default="")
    produced_on = models.DateField("生产日期", null=True)
    shelf_life = models.CharField("保质期", max_length=20, blank=True, default="")
    expires_on = models.DateField("保质期至", null=True)
    origin_kind = models.CharField("来源", max_length=10, choices=BatchOrigin)
    origin_place = models.CharField("产地", max_length=60, blank=True, default="")
    maker_name = models.CharField("生产者", max_length=120, blank=True, default="")
    maker_operator_id = models.BigIntegerField("生产者（已注册）", null=True)
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    received_on = models.DateField("入库日期")
    recorded_at = models.DateTimeField("记录时间")
    state = models.CharField(
        "状态", max_length=10, choices=RecordState, default=RecordState.CURRENT
    )
    token_salt = models.PositiveSmallIntegerField("编码盐")

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = "批次"
        verbose_name_plural = "批次"
        indexes = [
            models.Index(fields=["operator", "-id"], name="batch_operator_latest"),
            # An investigator has the number from the package, and not the holder.
            models.Index(
                fields=["batch_number"],
                condition=~Q(batch_number=""),
                name="batch_number_known",
                opclasses=["varchar_pattern_ops"],
            ),
            # What ends about now, among all that the operator ever had.
            models.Index(
                fields=["operator", "expires_on"],
                condition=Q(state="current"),
                name="batch_operator_last_day",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="batch_quantity_positive")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.batch_number or self.produced_on or ''}".strip()

    @property
    def is_own_made(self) -> bool:
        """Whether its holder produced it: so it stays when split or boxed, or sent back by a buyer."""
        if self.origin_kind == BatchOrigin.MADE:
            return True
        is_own = self.maker_operator_id == self.operator_id and not self.is_farm_produce
        return is_own and self.origin_kind in RESHAPED


class BatchRevisionQuerySet(RecordQuerySet["BatchRevision"]):
    pass


class BatchRevision(models.Model):
    """What a batch of the operator's own work said until it was corrected or voided, by whom and why.

    Made, grown, reshaped or boxed, it is its own record, so its former versions stand beside it.
    Only ever appended: ``before`` has the batch's facts as leaves cover them, what had gone in, and
    of a box what its label says.
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
    batch_id = models.BigIntegerField("批次")
    at = models.DateTimeField("时间")
    person_id = models.BigIntegerField("经手人", null=True)
    person_name = models.CharField("经手人姓名", max_length=40, blank=True, default="")
    became = models.CharField("变为", max_length=10, choices=RecordState)
    reason = models.CharField("原因", max_length=200)
    before = models.JSONField("此前的内容")

    objects = BatchRevisionQuerySet.as_manager()

    class Meta:
        verbose_name = "批次更正"
        verbose_name_plural = "批次更正"
        indexes = [models.Index(fields=["batch_id", "id"], name="revision_of_batch")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="revision_has_reason"),
            models.CheckConstraint(
                condition=Q(became__in=["superseded", "voided"]), name="revision_ends_a_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.get_became_display()}"


class LinkKind(models.TextChoices):
    TRANSFER = "transfer", "购销"
    TRANSFORMATION = "transformation", "生产加工"
    SPLIT = "split", "拆分"
    MERGE = "merge", "合并"
    REPACK = "repack", "分装"
    AGGREGATION = "aggregation", "组合包装"
    RETURN = "return", "退货"


# Counted by the sale and the return that they repeat; every other link uses its parent's goods up.
CHANGES_HANDS = (LinkKind.TRANSFER.value, LinkKind.RETURN.value)
USING_UP = [kind for kind in LinkKind.values if kind not in CHANGES_HANDS]


class Link(models.Model):
    """Goods went from the parent batch into the child batch; tracing reads nothing else.

    One table for all months: partitions by range cost a probe each (performance.md section 3).
    ``quantity`` is in the parent's unit. Rows are distributed by ``parent_id``. Each direction has
    an index in the order in which a trace is told.
    """

    pk = models.CompositePrimaryKey("child_id", "parent_id")
    child_id = models.BigIntegerField("子批次")
    parent_id = models.BigIntegerField("母批次")
    kind = models.CharField("关系", max_length=14, choices=LinkKind)
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)

    class Meta:
        verbose_name = "批次关系"
        verbose_name_plural = "批次关系"
        indexes = [
            models.Index(
                fields=["parent_id", "child_id"], include=["kind", "quantity"], name="link_onward"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(child_id=models.F("parent_id")), name="link_joins_two_batches"
            )
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.child_id}"
