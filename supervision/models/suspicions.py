"""Operator-months whose records look made up, and what an officer decided about them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet


class SuspicionQuerySet(ScopedQuerySet["Suspicion"]):
    reach = Reach()

    def waiting(self) -> SuspicionQuerySet:
        return self.filter(state=Suspicion.State.WAITING)

    def excluded(self) -> SuspicionQuerySet:
        return self.filter(state=Suspicion.State.EXCLUDED)


class Suspicion(models.Model):
    """One operator's month with its score, and the signals it is made of.

    The score decides nothing: only an officer's decision takes the month out of the numerators.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待核查"
        CLEARED = "cleared", "核查属实"
        EXCLUDED = "excluded", "不计活跃"

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
    month = models.DateField("月份")
    score = models.PositiveSmallIntegerField("疑似程度")
    signals = models.JSONField("信号", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    scored_at = models.DateTimeField("评分时间")
    decided_at = models.DateTimeField("核查时间", null=True)
    decided_by = models.BigIntegerField("核查人", null=True)
    decided_name = models.CharField("核查人姓名", max_length=60, blank=True, default="")
    reason = models.CharField("核查结论和理由", max_length=200, blank=True, default="")

    objects = SuspicionQuerySet.as_manager()

    class Meta:
        verbose_name = "疑似造数"
        verbose_name_plural = "疑似造数"
        constraints = [
            models.UniqueConstraint(fields=["operator", "month"], name="suspicion_once_a_month"),
            models.CheckConstraint(condition=Q(score__lte=100), name="suspicion_score_at_most_100"),
            models.CheckConstraint(
                condition=Q(state="waiting") | (~Q(reason="") & Q(decided_at__isnull=False)),
                name="suspicion_decided_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["county_id", "month", "-score", "-id"], name="suspicion_of_county"
            ),
            models.Index(fields=["month", "-score", "-id"], name="suspicion_of_month"),
            # Few months are excluded, and every dashboard says how many.
            models.Index(
                fields=["month", "operator"],
                name="suspicion_excluded",
                condition=Q(state="excluded"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} {self.month:%Y-%m} {self.score}"

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_excluded(self) -> bool:
        return self.state == self.State.EXCLUDED


class ScoringPass(models.Model):
    """How far the scoring of a month has come on a day; a run that was cut short goes on there."""

    month = models.DateField("月份", primary_key=True)
    day = models.DateField("日期")
    last_operator_id = models.BigIntegerField("已评到", default=0)
    is_done = models.BooleanField("完成", default=False)

    class Meta:
        verbose_name = "造数评分"
        verbose_name_plural = "造数评分"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.day}"
