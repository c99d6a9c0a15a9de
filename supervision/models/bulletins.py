"""The monthly bulletin (通报): frozen figures, never changed once published."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from shilian.db.ids import new_id

PROVINCE_PATH = "/"


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def provincial(self) -> BulletinQuerySet:
        return self.filter(area_path=PROVINCE_PATH)

    def of(self, area_path: str, month: date) -> BulletinQuerySet:
        """Every revision of one area's month."""
        return self.filter(area_path=area_path, month=month)

    def published(self) -> BulletinQuerySet:
        return self.filter(state=Bulletin.State.PUBLISHED)


class Bulletin(models.Model):
    """One month's figures as they were frozen; a correction is a new revision beside it.

    ``figures`` holds everything the documents print, ``sha256`` its digest in canonical form.
    ``area_path`` is the path of the city or county it is about, "/" for the whole province.
    ``wording`` holds the paragraphs that a person wrote in the place of the drafted ones.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "代拟稿"
        COMMENTING = "commenting", "征求意见"
        REVIEWED = "reviewed", "已审核"
        PUBLISHED = "published", "已印发"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    month = models.DateField("月份")
    area_path = models.CharField("范围", max_length=80, default=PROVINCE_PATH)
    area_name = models.CharField("范围名称", max_length=60, blank=True, default="")
    revision = models.PositiveSmallIntegerField("版次", default=1)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    figures = models.JSONField("数据")
    sha256 = models.CharField("数据摘要", max_length=64)
    reason = models.CharField("更正原因", max_length=200, blank=True, default="")
    made_by = models.CharField("拟稿人", max_length=60)
    made_by_person_id = models.BigIntegerField("拟稿人编号", null=True)
    made_at = models.DateTimeField("拟稿时间")
    wording = models.JSONField("改写的段落", default=dict, blank=True)
    edited_by_person_id = models.BigIntegerField("改写人编号", null=True)
    comments_until = models.DateField("意见截止日期", null=True)
    reviewed_by = models.CharField("审核人", max_length=60, blank=True, default="")
    reviewed_by_person_id = models.BigIntegerField("审核人编号", null=True)
    reviewed_at = models.DateTimeField("审核时间", null=True)
    number = models.CharField("发文字号", max_length=40, blank=True, default="")
    issued_on = models.DateField("印发日期", null=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = "通报"
        verbose_name_plural = "通报"
        constraints = [
            models.UniqueConstraint(
                fields=["area_path", "month", "revision"], name="bulletin_revision_once"
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="bulletin_number_once"
            ),
            models.CheckConstraint(
                condition=Q(revision=1) | ~Q(reason=""), name="bulletin_correction_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month.year}年{self.month.month}月{self.area_name}通报（第{self.revision}版）"

    @property
    def is_draft(self) -> bool:
        """Whether it is not issued yet, whatever has been said of it so far."""
        return self.state != self.State.PUBLISHED

    @property
    def is_open(self) -> bool:
        """Whether its wording may still be changed."""
        return self.state in (self.State.DRAFT, self.State.COMMENTING)

    @property
    def is_provincial(self) -> bool:
        return self.area_path == PROVINCE_PATH


class BulletinComment(models.Model):
    """What a bureau or a member of the task force said to a draft, and what became of it."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    bulletin = models.ForeignKey(
        Bulletin, models.CASCADE, related_name="comments", verbose_name="通报"
    )
    office = models.CharField("单位", max_length=80)
    made_by = models.CharField("意见人", max_length=60)
    made_by_person_id = models.BigIntegerField("意见人编号", null=True)
    made_at = models.DateTimeField("提出时间")
    text = models.CharField("意见", max_length=1000)
    is_adopted = models.BooleanField("是否采纳", null=True)
    answer = models.CharField("答复", max_length=500, blank=True, default="")
    answered_by = models.CharField("答复人", max_length=60, blank=True, default="")
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        verbose_name = "通报意见"
        verbose_name_plural = "通报意见"
        constraints = [
            models.CheckConstraint(
                condition=Q(is_adopted__isnull=True) | ~Q(answered_by=""),
                name="bulletin_comment_answered_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.made_by}"

    @property
    def is_waiting(self) -> bool:
        return self.is_adopted is None
