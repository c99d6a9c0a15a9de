"""Factory inspection records (出厂检验记录): each batch a producer made, and whether it passed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from traceability.models.records import Record, RecordQuerySet


class InspectionQuerySet(RecordQuerySet["FactoryInspection"]):
    def passed(self) -> InspectionQuerySet:
        return self.filter(result=FactoryInspection.Result.PASSED)


class FactoryInspection(Record):
    """The inspection of one batch before it leaves its producer.

    Source: Food Safety Law article 51; domain.md section 1.1.
    """

    class Result(models.TextChoices):
        PASSED = "passed", "合格"
        FAILED = "failed", "不合格"

    batch = models.ForeignKey(
        "traceability.Batch",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="批次",
    )
    product_id = models.BigIntegerField("商品")
    inspected_on = models.DateField("检验日期")
    result = models.CharField("检验结果", max_length=6, choices=Result)
    certificate_number = models.CharField("检验合格证号", max_length=60, blank=True, default="")
    items = models.CharField("检验项目", max_length=200, blank=True, default="")
    inspector = models.CharField("检验员", max_length=40, blank=True, default="")

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = "出厂检验记录"
        verbose_name_plural = "出厂检验记录"
        indexes = [
            models.Index(
                fields=["operator", "-inspected_on", "-id"], name="inspection_operator_day"
            ),
            models.Index(fields=["batch"], name="inspection_batch"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(result="failed") | ~Q(certificate_number=""),
                name="inspection_passed_has_certificate",
            )
        ]
