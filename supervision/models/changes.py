"""Changes of dated values that wait for a second person, and how each was decided."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from supervision.models.bulletins import PROVINCE_PATH


class ValueChangeQuerySet(models.QuerySet["ValueChange"]):
    def pending(self) -> ValueChangeQuerySet:
        return self.filter(state=ValueChange.State.PENDING)


class ValueChange(models.Model):
    """A new threshold, target, set of weights or city's status from a month on, once approved.

    ``code`` and ``tier`` name the value, or ``code`` the city; ``area_path`` whose weights they are.
    A threshold or target has ``value``, a set of weights ``weights`` by the indicator's code, and a
    city ``status``.
    """

    class Kind(models.TextChoices):
        PARAMETER = "parameter", "计算参数"
        TARGET = "target", "目标"
        WEIGHTS = "weights", "考核权重"
        STATUS = "status", "示范、创建城市"

    class State(models.TextChoices):
        PENDING = "pending", "待批准"
        APPROVED = "approved", "已批准"
        DECLINED = "declined", "未批准"
        WITHDRAWN = "withdrawn", "已撤回"

    kind = models.CharField("种类", max_length=10, choices=Kind)
    code = models.CharField("代码", max_length=40, blank=True, default="")
    tier = models.CharField("档次", max_length=10, blank=True, default="")
    area_path = models.CharField("辖区路径", max_length=80, default=PROVINCE_PATH)
    name = models.CharField("名称", max_length=120)
    value = models.DecimalField("数值", max_digits=9, decimal_places=2, null=True, blank=True)
    weights = models.JSONField("权重", default=dict, blank=True)
    status = models.CharField("身份", max_length=16, blank=True, default="")
    before = models.CharField("现行", max_length=200, blank=True, default="")
    effective_from = models.DateField("生效日期")
    legal_basis = models.CharField("依据", max_length=200)
    reason = models.CharField("修改原因", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PENDING)
    proposed_by = models.BigIntegerField("提出人编号")
    proposed_name = models.CharField("提出人", max_length=60)
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.BigIntegerField("决定人编号", null=True, blank=True)
    decided_name = models.CharField("决定人", max_length=60, blank=True, default="")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decision_reason = models.CharField("决定理由", max_length=200, blank=True, default="")

    objects = ValueChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "数值修改"
        verbose_name_plural = "数值修改"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "code", "tier", "area_path"],
                condition=Q(state="pending"),
                name="change_pending_once",
            ),
            # The rule that counts most: nobody approves what the same person proposed.
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "declined")) | ~Q(decided_by=F("proposed_by")),
                name="change_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="pending")
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="change_decider_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.effective_from:%Y-%m} {self.get_state_display()}"

    @property
    def is_pending(self) -> bool:
        return self.state == self.State.PENDING
