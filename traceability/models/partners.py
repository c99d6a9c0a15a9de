"""An operator's own address book of suppliers and buyers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id
from shilian.db.spelling import part_of


class PartnerQuerySet(ScopedQuerySet["Partner"]):
    # A trade partner is the operator's secret: officers read it only on a record they may see.
    reach = Reach(county="", division="", station="")

    def suppliers(self) -> PartnerQuerySet:
        return self.filter(is_supplier=True, is_retired=False)

    def buyers(self) -> PartnerQuerySet:
        return self.filter(is_buyer=True, is_retired=False)

    def matching(self, text: str) -> PartnerQuerySet:
        text = text.strip()
        return self.filter(
            part_of("name", text)
            | Q(pinyin__startswith=text.lower())
            | Q(credit_code__startswith=text.upper())
        )


class Partner(models.Model):
    """A supplier or buyer of one operator: a registered operator, or an external one."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="partners",
        verbose_name="经营主体",
    )
    name = models.CharField("名称", max_length=120)
    pinyin = models.CharField("拼音首字母", max_length=120, blank=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    linked_operator_id = models.BigIntegerField("已注册主体", null=True, blank=True)
    is_supplier = models.BooleanField("供货者", default=False)
    is_buyer = models.BooleanField("购货者", default=False)
    is_outside_province = models.BooleanField("省外", default=False)
    address = models.CharField("地址", max_length=200, blank=True)
    contact_name = models.CharField("联系人", max_length=40, blank=True)
    contact_phone = models.CharField("联系电话", max_length=20, blank=True)
    licence_number = models.CharField("许可证编号", max_length=60, blank=True)
    licence_valid_until = models.DateField("许可证有效期至", null=True, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    is_retired = models.BooleanField("不再使用", default=False)
    # As of products: entered by an upload and not yet looked at; a second name of another.
    needs_review = models.BooleanField("待核对", default=False, db_default=False)
    merged_into_id = models.BigIntegerField("并入的往来单位", null=True, blank=True)
    created_at = models.DateTimeField("录入时间")

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = "往来单位"
        verbose_name_plural = "往来单位"
        # The two constraints cover a part each, and nothing finds by them what may be in either.
        indexes = [models.Index(fields=["operator", "name"], name="partner_by_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "credit_code"],
                condition=~Q(credit_code=""),
                name="partner_code_once",
            ),
            models.UniqueConstraint(
                fields=["operator", "name"],
                condition=Q(credit_code=""),
                name="partner_name_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_registered(self) -> bool:
        return self.linked_operator_id is not None
