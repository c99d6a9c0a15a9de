"""What is traded: the reviewed goods classes, their categories, and each operator's products."""

from __future__ import annotations

from datetime import date
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id
from shilian.db.spelling import part_of
from traceability.rules.goods import end_of_shelf_life

__all__ = [
    "GoodsCategory",
    "GoodsClass",
    "Product",
    "ShelfLifeUnit",
    "end_of_shelf_life",
]

M = TypeVar("M", bound=models.Model)


class DatedQuerySet(models.QuerySet[M]):
    def in_force(self, on: date) -> Self:
        """The rows whose dates include the day."""
        return self.filter(Q(effective_to=None) | Q(effective_to__gte=on), effective_from__lte=on)


class GoodsClass(models.Model):
    """One of the ten classes that must be traced, or of the three catering kinds.

    Source: launch speech ("10+3"); domain.md section 4.
    """

    class Group(models.TextChoices):
        TEN = "ten", "十大类"
        CATERING = "catering", "三类餐饮"

    code = models.CharField("代码", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=40)
    group = models.CharField("分组", max_length=10, choices=Group)
    bit = models.PositiveSmallIntegerField("位", unique=True, help_text="月度位图中的位置")
    note = models.CharField("范围说明", max_length=200, blank=True)
    legal_basis = models.CharField("依据", max_length=200)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    reviewed_on = models.DateField("审定日期")

    objects = DatedQuerySet["GoodsClass"].as_manager()

    class Meta:
        verbose_name = "品种大类"
        verbose_name_plural = "品种大类"

    def __str__(self) -> str:
        return self.name


class GoodsCategory(models.Model):
    """The reviewed mapping from what people call their goods to at most one goods class.

    A product names its category; the class is never inferred from the product's name.
    """

    code = models.CharField("代码", max_length=20, primary_key=True)
    name = models.CharField("名称", max_length=40)
    goods_class = models.ForeignKey(
        GoodsClass, models.PROTECT, null=True, blank=True, verbose_name="品种大类"
    )
    is_farm_produce = models.BooleanField("食用农产品", default=False)
    documents = models.CharField("应随附的凭证", max_length=200, blank=True)
    legal_basis = models.CharField("依据", max_length=200)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    reviewed_on = models.DateField("审定日期")

    objects = DatedQuerySet["GoodsCategory"].as_manager()

    class Meta:
        verbose_name = "商品类别"
        verbose_name_plural = "商品类别"

    def __str__(self) -> str:
        return self.name


class ShelfLifeUnit(models.TextChoices):
    DAY = "day", "天"
    MONTH = "month", "个月"
    YEAR = "year", "年"


class ProductQuerySet(ScopedQuerySet["Product"]):
    reach = Reach(county="operator__county_id", division="operator__division_id")

    def in_use(self) -> ProductQuerySet:
        return self.filter(is_retired=False)

    def matching(self, text: str) -> ProductQuerySet:
        """By any part of the name, the beginning of its pinyin initials, or the barcode."""
        text = text.strip()
        return self.filter(
            part_of("name", text) | Q(pinyin__startswith=text.lower()) | Q(gtin=text)
        )


class Product(models.Model):
    """What one operator buys, makes or sells; entered once, then only picked."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="products",
        verbose_name="经营主体",
    )
    name = models.CharField("名称", max_length=80)
    pinyin = models.CharField("拼音首字母", max_length=80, blank=True)
    specification = models.CharField("规格", max_length=60, blank=True)
    unit = models.CharField("单位", max_length=8)
    category = models.ForeignKey(
        GoodsCategory, models.PROTECT, null=True, db_index=False, verbose_name="商品类别"
    )
    goods_class = models.CharField("品种大类", max_length=20, blank=True, default="")
    is_farm_produce = models.BooleanField("食用农产品", default=False)
    is_imported = models.BooleanField("进口食品", default=False)
    is_own_made = models.BooleanField("自产", default=False)
    shelf_life_value = models.PositiveSmallIntegerField("保质期", null=True, blank=True)
    shelf_life_unit = models.CharField(
        "保质期单位", max_length=5, choices=ShelfLifeUnit, blank=True, default=""
    )
    storage = models.CharField("贮存条件", max_length=40, blank=True)
    gtin = models.CharField("商品条码", max_length=14, blank=True)
    origin = models.CharField("产地", max_length=60, blank=True)
    maker_name = models.CharField("生产者", max_length=120, blank=True)
    maker_address = models.CharField("生产者地址", max_length=200, blank=True)
    maker_credit_code = models.CharField("生产者信用代码", max_length=18, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    is_retired = models.BooleanField("不再使用", default=False)
    # An upload entered it by its name alone; somebody has yet to look.
    needs_review = models.BooleanField("待核对", default=False, db_default=False)
    # Retired as a second name of this one: what is told of it by that name is meant for this one.
    merged_into_id = models.BigIntegerField("并入的商品", null=True, blank=True)
    created_at = models.DateTimeField("录入时间")

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = "商品"
        verbose_name_plural = "商品"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "name", "specification", "unit", "maker_name"],
                name="product_entered_once",
            ),
            models.CheckConstraint(
                condition=Q(shelf_life_value__isnull=True) | ~Q(shelf_life_unit=""),
                name="product_shelf_life_has_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.specification}".strip()

    @property
    def shelf_life(self) -> str:
        """As printed on a label: 12个月; empty when none is stated."""
        if not self.shelf_life_value:
            return ""
        return f"{self.shelf_life_value}{ShelfLifeUnit(self.shelf_life_unit).label}"
