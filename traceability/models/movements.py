"""Goods that left a batch other than by sale or use (损耗、销毁、退货), and what comes back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enterprises.scope import ScopedQuerySet
from shilian.db.ids import new_id
from traceability.models.records import Record, RecordQuerySet


class StockMovementQuerySet(RecordQuerySet["StockMovement"]):
    pass


class StockMovement(Record):
    """Goods lost, destroyed or sent back to the supplier; ``quantity`` is in the batch's unit.

    What has left the batch is ``quantity - returned_quantity`` of the current rows, as with sales:
    the links of kind RETURN say the same once more and do not count.
    Source: Food Safety Law article 63; 食品召回管理办法 articles 24 and 25 (what was destroyed, how
    much, when and why is kept).
    """

    class Kind(models.TextChoices):
        LOSS = "loss", "损耗"
        DESTRUCTION = "destruction", "销毁"
        RETURN = "return", "退货"

    batch = models.ForeignKey(
        "traceability.Batch",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="批次",
    )
    product_id = models.BigIntegerField("商品")
    kind = models.CharField("种类", max_length=12, choices=Kind)
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    moved_on = models.DateField("日期")
    cause = models.CharField("原因", max_length=200)
    partner_id = models.BigIntegerField("供货者", null=True)
    supplier_operator_id = models.BigIntegerField("供货者（已注册）", null=True)
    supplier_name = models.CharField("供货者名称", max_length=120, blank=True, default="")
    returned_quantity = models.DecimalField(
        "退回数量",
        max_digits=14,
        decimal_places=3,
        default=0,
        help_text="供货者少收或不收而回到库存的数量",
    )

    objects = StockMovementQuerySet.as_manager()

    class Meta:
        verbose_name = "损耗、销毁、退货记录"
        verbose_name_plural = "损耗、销毁、退货记录"
        indexes = [
            models.Index(fields=["operator", "-moved_on", "-id"], name="movement_operator_day"),
            models.Index(fields=["batch"], name="movement_batch"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="movement_quantity_positive"),
            models.CheckConstraint(condition=~Q(cause=""), name="movement_has_cause"),
            models.CheckConstraint(
                condition=Q(returned_quantity__gte=0, returned_quantity__lte=models.F("quantity")),
                name="movement_returns_at_most_what_left",
            ),
        ]


class ReturnedGoodsQuerySet(ScopedQuerySet["ReturnedGoods"]):
    def waiting(self) -> ReturnedGoodsQuerySet:
        return self.filter(state=ReturnedGoods.State.WAITING)


class ReturnedGoods(models.Model):
    """A buyer's return, waiting for its supplier to take it back, take back less, or refuse.

    This one row is what both sides read, so they agree at every moment; whoever decides locks it.
    ``operator`` is the supplier; ``seller_batch_id`` is the batch that it had once sold.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待确认"
        ACCEPTED = "accepted", "已收回"
        ACCEPTED_SHORT = "accepted_short", "少收"
        REFUSED = "refused", "不收"
        WITHDRAWN = "withdrawn", "买方已撤回"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="供货者",
    )
    division_id = models.BigIntegerField("乡镇")
    county_id = models.BigIntegerField("县区")
    buyer_operator_id = models.BigIntegerField("退货者")
    buyer_name = models.CharField("退货者名称", max_length=120)
    movement_id = models.BigIntegerField("退货记录", unique=True)
    sale_id = models.BigIntegerField("原销售记录")
    buyer_batch_id = models.BigIntegerField("退货者的批次")
    seller_batch_id = models.BigIntegerField("供货者卖出的批次")
    name = models.CharField("名称", max_length=80)
    specification = models.CharField("规格", max_length=60, blank=True, default="")
    batch_number = models.CharField("生产批号", max_length=60, blank=True, default="")
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    returned_on = models.DateField("退货日期")
    cause = models.CharField("退货原因", max_length=200)
    state = models.CharField("状态", max_length=14, choices=State, default=State.WAITING)
    accepted_quantity = models.DecimalField("实收数量", max_digits=14, decimal_places=3, null=True)
    reason = models.CharField("少收、不收或撤回原因", max_length=200, blank=True, default="")
    received_batch_id = models.BigIntegerField("收回后的批次", null=True)
    created_at = models.DateTimeField("到达时间")
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_by = models.BigIntegerField("处理人", null=True)

    objects = ReturnedGoodsQuerySet.as_manager()

    class Meta:
        verbose_name = "退回的货"
        verbose_name_plural = "退回的货"
        indexes = [
            models.Index(fields=["operator", "state", "-id"], name="returned_operator_state"),
            # A trace asks which batch came back, and what a batch that was sold came back as.
            models.Index(
                fields=["operator", "received_batch_id"],
                condition=Q(received_batch_id__isnull=False),
                name="returned_received_batch",
            ),
            models.Index(fields=["operator", "seller_batch_id"], name="returned_seller_batch"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_quantity__isnull=True)
                | Q(accepted_quantity__gt=0, accepted_quantity__lte=models.F("quantity")),
                name="returned_accepts_at_most_what_was_sent",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted_short", "refused"]) | ~Q(reason=""),
                name="returned_short_or_refused_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.returned_on}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING
