"""Runs (投料 → 产出) with their line, and boxes and pallets with their SSCC."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enterprises.scope import ScopedQuerySet
from shilian.db.ids import new_id
from traceability.models.batches import LinkKind
from traceability.models.records import Channel, RecordQuerySet, RecordState


class RunQuerySet(RecordQuerySet["Run"]):
    pass


class Run(models.Model):
    """One piece of work that made batches from batches; what went in is told by their links.

    ``kind`` is the kind of all its links. Making of one product without a line has no row: its batch
    says everything.
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
    kind = models.CharField("种类", max_length=14, choices=LinkKind)
    line = models.CharField("生产线", max_length=40, blank=True, default="")
    done_on = models.DateField("日期")
    recorded_at = models.DateTimeField("记录时间")
    recorded_by = models.BigIntegerField("记录人", null=True)
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    warnings = ArrayField(models.CharField(max_length=40), default=list, verbose_name="提示")
    state = models.CharField(
        "状态", max_length=10, choices=RecordState, default=RecordState.CURRENT
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = "生产、分装、拆并、装箱"
        verbose_name_plural = "生产、分装、拆并、装箱"
        indexes = [models.Index(fields=["operator", "-id"], name="run_operator_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.done_on}"


class RunOutput(models.Model):
    """Which run a batch came out of."""

    batch_id = models.BigIntegerField("批次", primary_key=True)
    run_id = models.BigIntegerField("生产", db_index=True)

    class Meta:
        verbose_name = "产出"
        verbose_name_plural = "产出"

    def __str__(self) -> str:
        return f"{self.run_id} → {self.batch_id}"


class PackageQuerySet(ScopedQuerySet["Package"]):
    pass


class Package(models.Model):
    """A batch that is a box or pallet; its contents are linked to it by AGGREGATION.

    ``sscc`` is what its GS1 label says, empty when it has none: then its public code names it.
    ``company_prefix`` is kept where the number was given out here; such a number is never given out
    again, so the box of a voided batch stays too. Typed once more, a voided box's number is the
    label of the same box.
    Source: GS1 General Specifications (an SSCC is not given to another unit within a year).
    """

    class Kind(models.TextChoices):
        BOX = "box", "箱"
        PALLET = "pallet", "托盘"

    batch_id = models.BigIntegerField("批次", primary_key=True)
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
    kind = models.CharField("种类", max_length=6, choices=Kind)
    sscc = models.CharField("箱码（SSCC）", max_length=18, blank=True, default="")
    company_prefix = models.CharField("厂商识别代码", max_length=10, blank=True, default="")
    is_void = models.BooleanField("已作废", default=False)

    objects = PackageQuerySet.as_manager()

    class Meta:
        verbose_name = "箱、托盘"
        verbose_name_plural = "箱、托盘"
        indexes = [
            models.Index(fields=["operator", "-batch_id"], name="package_operator_latest"),
            models.Index(fields=["sscc"], condition=~Q(sscc=""), name="package_sscc"),
            models.Index(
                fields=["operator", "company_prefix", "-sscc"],
                condition=~Q(company_prefix=""),
                name="package_given_out",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "sscc"],
                condition=~Q(sscc="") & Q(is_void=False),
                name="package_sscc_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.sscc}".strip()
