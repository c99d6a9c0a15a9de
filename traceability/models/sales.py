"""Sale records (销售记录): goods that left, to whom, from which batch."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from traceability.models.records import Record, RecordQuerySet


class SaleQuerySet(RecordQuerySet["Sale"]):
    pass


class Sale(Record):
    """Goods sold from one batch; the buyer's particulars as they were that day.

    Source: Food Safety Law articles 51 and 53 paragraph 4; domain.md section 1.1.
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
    partner_id = models.BigIntegerField("购货者", null=True)
    buyer_operator_id = models.BigIntegerField("购货者（已注册）", null=True)
    buyer_name = models.CharField("购货者名称", max_length=120)
    buyer_credit_code = models.CharField("购货者信用代码", max_length=18, blank=True, default="")
    buyer_address = models.CharField("购货者地址", max_length=200, blank=True, default="")
    buyer_contact = models.CharField("购货者联系方式", max_length=60, blank=True, default="")
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    sold_on = models.DateField("销售日期")
    certificate_number = models.CharField("检验合格证号", max_length=60, blank=True, default="")
    returned_quantity = models.DecimalField(
        "退回数量",
        max_digits=14,
        decimal_places=3,
        default=0,
        help_text="购货者少收或拒收而回到库存的数量",
    )

    objects = SaleQuerySet.as_manager()

    class Meta:
        verbose_name = "销售记录"
        verbose_name_plural = "销售记录"
        indexes = [
            models.Index(fields=["operator", "-sold_on", "-id"], name="sale_operator_day"),
            models.Index(fields=["batch"], name="sale_batch"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="sale_quantity_positive"),
            models.CheckConstraint(
                condition=Q(returned_quantity__gte=0, returned_quantity__lte=models.F("quantity")),
                name="sale_returns_at_most_what_was_sold",
            ),
        ]
