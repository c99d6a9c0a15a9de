"""Holds and recalls: which batches may not move, who was told, who answered what."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enterprises.actor import Actor
from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class HoldQuerySet(ScopedQuerySet["Hold"]):
    def in_force(self) -> Self:
        return self.filter(released_at=None)


class Hold(models.Model):
    """A batch that may not be sold or used since ``held_at``, until it is released."""

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    batch_id = models.BigIntegerField("批次")
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
    reason = models.CharField("冻结原因", max_length=200)
    is_official = models.BooleanField("监管部门冻结")
    held_by = models.BigIntegerField("冻结人", null=True)
    held_name = models.CharField("冻结人姓名", max_length=60, blank=True, default="")
    held_at = models.DateTimeField("冻结时间")
    released_by = models.BigIntegerField("解除人", null=True)
    released_name = models.CharField("解除人姓名", max_length=60, blank=True, default="")
    released_at = models.DateTimeField("解除时间", null=True)
    release_reason = models.CharField("解除原因", max_length=200, blank=True, default="")

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = "冻结"
        verbose_name_plural = "冻结"
        indexes = [models.Index(fields=["operator", "-id"], name="hold_operator_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["batch_id"], condition=Q(released_at=None), name="hold_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_has_reason"),
            models.CheckConstraint(
                condition=Q(released_at=None) | ~Q(release_reason=""),
                name="hold_release_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.reason}"


class RecallQuerySet(ScopedQuerySet["Recall"]):
    # A recall belongs to the bureau or the operator that began it, and to the bureaus above.
    reach = Reach(county="division_id", division="division_id", station="")

    def visible_to(self, actor: Actor) -> Self:
        """Those that are one's own, and those that have told somebody within one's sight."""
        told = RecallNotice.objects.visible_to(actor).values("recall_id")
        return self.filter(self._inside(actor.scope) | Q(pk__in=told))

    def managed_by(self, actor: Actor) -> Self:
        """Those that the actor may widen, narrow and end."""
        return self.filter(self._inside(actor.scope))

    def active(self) -> Self:
        return self.filter(state=Recall.State.ACTIVE)


class Recall(models.Model):
    """Goods taken back from everybody: which, why, how fast, and how it ended. Never deleted.

    ``start_ids`` are the batches it began with, ``left_out_ids`` those that narrowing took out. The
    counts are those of the last trace. A drill stops nothing and no consumer learns of it.
    """

    class Level(models.TextChoices):
        FIRST = "first", "一级"
        SECOND = "second", "二级"
        THIRD = "third", "三级"

    class Cause(models.TextChoices):
        FAILED_SAMPLE = "failed_sample", "抽检不合格"
        COMPLAINT = "complaint", "投诉举报"
        OWN_FINDING = "own_finding", "自查发现"

    class State(models.TextChoices):
        ACTIVE = "active", "进行中"
        FINISHED = "finished", "已完成"
        CANCELLED = "cancelled", "已撤销"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    request_key = models.UUIDField("提交编号", unique=True)
    level = models.CharField("级别", max_length=8, choices=Level)
    cause = models.CharField("来由", max_length=16, choices=Cause)
    reason = models.CharField("召回原因", max_length=200)
    is_drill = models.BooleanField("演练")
    tells_upstream = models.BooleanField("通知上游")
    product_name = models.CharField("召回的食品", max_length=120)
    start_ids = ArrayField(models.BigIntegerField(), verbose_name="起点批次")
    left_out_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="移出的批次")
    operator_id = models.BigIntegerField("发起主体", null=True)
    division = models.ForeignKey(
        "enterprises.Division", models.PROTECT, related_name="+", verbose_name="发起者所在区划"
    )
    initiator = models.CharField("发起者", max_length=120)
    started_by = models.BigIntegerField("发起人", null=True)
    started_name = models.CharField("发起人姓名", max_length=60, blank=True, default="")
    known_at = models.DateTimeField("知悉风险时间")
    started_at = models.DateTimeField("启动时间")
    start_due_at = models.DateTimeField("应启动时间")
    finish_due_on = models.DateField("应完成日期")
    legal_basis = models.CharField("依据", max_length=120)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACTIVE)
    ended_by = models.BigIntegerField("结束人", null=True)
    ended_name = models.CharField("结束人姓名", max_length=60, blank=True, default="")
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_note = models.CharField("总结或撤销原因", max_length=200, blank=True, default="")
    batch_count = models.PositiveIntegerField("涉及批次数", default=0)
    holder_count = models.PositiveIntegerField("通知主体数", default=0)
    county_count = models.PositiveIntegerField("涉及县区数", default=0)
    trace_ms = models.PositiveIntegerField("追踪用时（毫秒）", default=0)
    trace_cut = models.CharField("未走完的原因", max_length=8, blank=True, default="")

    objects = RecallQuerySet.as_manager()

    class Meta:
        verbose_name = "召回"
        verbose_name_plural = "召回"
        indexes = [models.Index(fields=["division", "-id"], name="recall_division_latest")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="recall_has_reason"),
            models.CheckConstraint(
                condition=Q(start_ids__len__gt=0), name="recall_begins_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(known_at__lte=models.F("started_at")),
                name="recall_starts_after_it_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="active", ended_at=None)
                | (~Q(state="active") & Q(ended_at__isnull=False) & ~Q(ended_note="")),
                name="recall_end_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_name} {self.get_level_display()}召回"

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def was_started_late(self) -> bool:
        return self.started_at > self.start_due_at


class RecallBatchQuerySet(models.QuerySet["RecallBatch"]):
    def affected(self) -> Self:
        return self.filter(removed_at=None)


class RecallBatch(models.Model):
    """A batch that a recall reaches, and where its holder says the goods are.

    Narrow, because a recall may reach a hundred thousand; ``passed_on`` went to other batches of
    the same recall, whose holders answer for it.
    """

    pk = models.CompositePrimaryKey("recall_id", "batch_id")
    recall = models.ForeignKey(
        Recall, models.PROTECT, db_index=False, related_name="+", verbose_name="召回"
    )
    batch_id = models.BigIntegerField("批次")
    operator_id = models.BigIntegerField("持有者")
    county_id = models.BigIntegerField("县区")
    hop = models.PositiveSmallIntegerField("层级")
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    unit = models.CharField("单位", max_length=8)
    passed_on = models.DecimalField("已转出", max_digits=14, decimal_places=3, default=0)
    added_at = models.DateTimeField("列入时间")
    removed_at = models.DateTimeField("移出时间", null=True)
    left = models.DecimalField("封存未售", max_digits=14, decimal_places=3, null=True)
    recovered = models.DecimalField("已追回", max_digits=14, decimal_places=3, null=True)
    sold = models.DecimalField("已售未追回", max_digits=14, decimal_places=3, null=True)
    destroyed = models.DecimalField("已销毁", max_digits=14, decimal_places=3, null=True)

    objects = RecallBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "召回批次"
        verbose_name_plural = "召回批次"
        indexes = [
            models.Index(fields=["batch_id"], name="recall_batch"),
            models.Index(fields=["recall", "operator_id"], name="recall_batch_holder"),
        ]

    def __str__(self) -> str:
        return f"{self.recall_id} {self.batch_id}"


class RecallNoticeQuerySet(ScopedQuerySet["RecallNotice"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)

    def unanswered(self) -> Self:
        return self.standing().filter(answered_at=None)


class RecallNotice(models.Model):
    """What one operator was told of a recall, and its answer.

    A holder stops selling and says where the goods are; a source looks for the cause.
    """

    class Role(models.TextChoices):
        HOLDER = "holder", "持有者"
        SOURCE = "source", "上游来源"

    pk = models.CompositePrimaryKey("recall_id", "operator_id")
    recall = models.ForeignKey(
        Recall, models.PROTECT, db_index=False, related_name="+", verbose_name="召回"
    )
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
    role = models.CharField("身份", max_length=8, choices=Role)
    batch_count = models.PositiveIntegerField("批次数")
    sent_at = models.DateTimeField("通知时间")
    withdrawn_at = models.DateTimeField("取消时间", null=True)
    acknowledged_at = models.DateTimeField("确认时间", null=True)
    answered_at = models.DateTimeField("回复时间", null=True)
    answered_by = models.BigIntegerField("回复人", null=True)
    answered_name = models.CharField("回复人姓名", max_length=60, blank=True, default="")
    note = models.CharField("说明", max_length=200, blank=True, default="")
    evidence_ids = ArrayField(models.BigIntegerField(), default=list, verbose_name="凭证")

    objects = RecallNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "召回通知"
        verbose_name_plural = "召回通知"
        indexes = [
            models.Index(fields=["operator", "-recall"], name="recall_notice_operator"),
            models.Index(
                fields=["recall", "county_id", "operator"],
                include=["answered_at", "acknowledged_at", "withdrawn_at"],
                name="recall_notice_county",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recall_id} {self.operator_id}"

    @property
    def seconds_to_answer(self) -> float | None:
        return (self.answered_at - self.sent_at).total_seconds() if self.answered_at else None

    def is_open(self, recall: Recall) -> bool:
        """Whether the operator still has to do something."""
        return recall.is_active and self.withdrawn_at is None and self.answered_at is None


class RecallEvent(models.Model):
    """One step in the life of a recall; only ever appended."""

    class Kind(models.TextChoices):
        STARTED = "started", "启动召回"
        WIDENED = "widened", "扩大范围"
        NARROWED = "narrowed", "缩小范围"
        ACKNOWLEDGED = "acknowledged", "确认收到"
        ANSWERED = "answered", "报告数量"
        CORRECTED = "corrected", "更正数量"
        FINISHED = "finished", "完成召回"
        CANCELLED = "cancelled", "撤销召回"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    recall = models.ForeignKey(
        Recall, models.PROTECT, db_index=False, related_name="events", verbose_name="召回"
    )
    at = models.DateTimeField("时间")
    kind = models.CharField("事项", max_length=12, choices=Kind)
    person_id = models.BigIntegerField("经手人", null=True)
    person_name = models.CharField("经手人姓名", max_length=60, blank=True, default="")
    operator_id = models.BigIntegerField("经营主体", null=True)
    note = models.CharField("说明", max_length=200, blank=True, default="")
    details = models.JSONField("内容", default=dict)

    class Meta:
        verbose_name = "召回经过"
        verbose_name_plural = "召回经过"
        indexes = [models.Index(fields=["recall", "-id"], name="recall_event_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
