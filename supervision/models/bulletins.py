"""The monthly bulletin (通报): frozen figures, never changed once published."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shilian.db.ids import new_id


class Bulletin(models.Model):
    """One month's figures as they were frozen; a correction is a new revision beside it.

    ``figures`` holds everything the documents print, ``sha256`` its digest in canonical form.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "代拟稿"
        PUBLISHED = "published", "已印发"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    month = models.DateField("月份")
    revision = models.PositiveSmallIntegerField("版次", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    figures = models.JSONField("数据")
    sha256 = models.CharField("数据摘要", max_length=64)
    reason = models.CharField("更正原因", max_length=200, blank=True, default="")
    made_by = models.CharField("拟稿人", max_length=60)
    made_by_person_id = models.BigIntegerField("拟稿人编号", null=True)
    made_at = models.DateTimeField("拟稿时间")

    class Meta:
        verbose_name = "通报"
        verbose_name_plural = "通报"
        constraints = [
            models.UniqueConstraint(fields=["month", "revision"], name="bulletin_revision_once"),
            models.CheckConstraint(
                condition=Q(revision=1) | ~Q(reason=""), name="bulletin_correction_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y年%m月}通报（第{self.revision}版）"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT
