"""Purchase-inspection records (进货查验记录) and the incoming goods that wait for one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enterprises.scope import ScopedQuerySet
from shilian.db.ids import new_id
from traceability.models.records import Record, RecordQuerySet


class PurchaseQuerySet(RecordQuerySet["Purchase"]):
    pass


class Purchase(Record):
    """Goods received and checked; the supplier's particulars as they were that day.

    Source: Food Safety Law articles 50, 53 and 65; domain.md section 1.1.
    """

    batch = models.ForeignKey(
        "traceability.Batch",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="批次",
    )
    product_id = models.BigIntegerField("商品")
    partner_id = models.BigIntegerField("供货者", null=True)
    supplier_operator_id = models.BigIntegerField("供货者（已注册）", null=True)
    supplier_name = models.CharField("供货者名称", max_length=120)
    supplier_credit_code = models.CharField("供货者信用代码", max_length=18, blank=True, default="")
    supplier_address = models.CharField("供货者地址", max_length=200, blank=True, default="")
    supplier_contact = models.CharField("供货者联系方式", max_length=60, blank=True, default="")
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    purchased_on = models.DateField("进货日期")
    sale_id = models.BigIntegerField("对应的销售记录", null=True)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = "进货查验记录"
        verbose_name_plural = "进货查验记录"
        indexes = [
            models.Index(fields=["operator", "-purchased_on", "-id"], name="purchase_operator_day"),
            models.Index(fields=["batch"], name="purchase_batch"),
            # Whether a delivery that is told again stands in the ledger already.
            models.Index(
                fields=["product_id", "purchased_on", "partner_id", "quantity"],
                name="purchase_same_delivery",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="purchase_quantity_positive")
        ]


class IncomingQuerySet(ScopedQuerySet["IncomingDraft"]):
    def waiting(self) -> IncomingQuerySet:
        return self.filter(state=IncomingDraft.State.WAITING)


class IncomingDraft(models.Model):
    """A registered seller's sale, waiting for its buyer to accept, accept short or refuse.

    This one row is what both sides read, so they agree at every moment; whoever decides locks it.
    ``operator`` is the buyer.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待确认"
        ACCEPTED = "accepted", "已收货"
        ACCEPTED_SHORT = "accepted_short", "少收"
        REFUSED = "refused", "已拒收"
        WITHDRAWN = "withdrawn", "卖方已撤回"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="购货者",
    )
    division_id = models.BigIntegerField("乡镇")
    county_id = models.BigIntegerField("县区")
    seller_operator_id = models.BigIntegerField("销售者")
    sale_id = models.BigIntegerField("销售记录")
    seller_batch_id = models.BigIntegerField("销售者的批次")
    facts = models.JSONField("货物", help_text="卖方单据上的名称、规格、批号、日期、供货者等")
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    sold_on = models.DateField("销售日期")
    state = models.CharField("状态", max_length=14, choices=State, default=State.WAITING)
    accepted_quantity = models.DecimalField("实收数量", max_digits=14, decimal_places=3, null=True)
    reason = models.CharField("少收或拒收原因", max_length=200, blank=True, default="")
    purchase_id = models.BigIntegerField("进货记录", null=True)
    created_at = models.DateTimeField("到达时间")
    decided_at = models.DateTimeField("处理时间", null=True)
    decided_by = models.BigIntegerField("处理人", null=True)

    objects = IncomingQuerySet.as_manager()

    class Meta:
        verbose_name = "来货"
        verbose_name_plural = "来货"
        indexes = [
            models.Index(fields=["operator", "state", "-id"], name="incoming_operator_state"),
            models.Index(fields=["seller_operator_id", "-id"], name="incoming_seller_latest"),
            models.Index(fields=["sale_id"], name="incoming_sale"),
            models.Index(
                fields=["seller_operator_id", "-decided_at"],
                condition=Q(state__in=["accepted_short", "refused"]),
                name="incoming_seller_unsold",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["operator", "sale_id"], name="incoming_sale_once"),
            models.CheckConstraint(
                condition=Q(accepted_quantity__isnull=True)
                | Q(accepted_quantity__gt=0, accepted_quantity__lte=models.F("quantity")),
                name="incoming_accepts_at_most_what_was_sold",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted_short", "refused"]) | ~Q(reason=""),
                name="incoming_short_or_refused_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facts.get('name', '')} {self.sold_on}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING
