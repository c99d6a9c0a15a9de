"""Evidence documents (凭证): photos and PDFs, kept once by hash, reused until they expire."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class EvidenceQuerySet(ScopedQuerySet["EvidenceDocument"]):
    reach = Reach(county="operator__county_id", division="operator__division_id")

    def valid_on(self, day: date) -> EvidenceQuerySet:
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day))

    def expiring(self, start: date, end: date) -> EvidenceQuerySet:
        return self.filter(valid_until__gte=start, valid_until__lte=end)


class EvidenceDocument(models.Model):
    """One paper of an operator or of one of its suppliers. Source: domain.md section 1.5."""

    class Kind(models.TextChoices):
        LICENCE = "licence", "供货者许可证或营业执照"
        PRODUCT_CERTIFICATE = "product_certificate", "出厂检验合格证或检验报告"
        COMMITMENT = "commitment", "承诺达标合格证"
        QUARANTINE = "quarantine", "动物检疫证明"
        MEAT_INSPECTION = "meat_inspection", "肉品品质检验合格证"
        IMPORT = "import", "进口检验检疫证明"
        VOUCHER = "voucher", "进货票据"
        TEST = "test", "快检或委托检测结果"
        OTHER = "other", "其他凭证"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    operator = models.ForeignKey(
        "enterprises.Operator",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="经营主体",
    )
    partner = models.ForeignKey(
        "traceability.Partner",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="供货者",
    )
    product = models.ForeignKey(
        "traceability.Product",
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="商品",
    )
    kind = models.CharField("种类", max_length=20, choices=Kind)
    number = models.CharField("编号", max_length=60, blank=True, default="")
    issued_on = models.DateField("开具日期", null=True, blank=True)
    valid_until = models.DateField("有效期至", null=True, blank=True)
    sha256 = models.CharField("文件摘要", max_length=64)
    file_path = models.CharField("存放位置", max_length=120)
    media_type = models.CharField("文件类型", max_length=40)
    byte_count = models.PositiveIntegerField("大小")
    uploaded_at = models.DateTimeField("上传时间")
    uploaded_by = models.BigIntegerField("上传人", null=True)
    is_retired = models.BooleanField("不再使用", default=False)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "凭证"
        verbose_name_plural = "凭证"
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "sha256", "kind", "partner"],
                nulls_distinct=False,
                name="evidence_kept_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.Kind(self.kind).label} {self.number}".strip()
