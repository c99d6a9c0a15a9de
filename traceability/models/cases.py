"""Trace cases: why a bureau may follow goods beyond its jurisdiction; every trace; who was seen."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id


class TraceCaseQuerySet(ScopedQuerySet["TraceCase"]):
    # A case belongs to the bureau that asked for it; the bureaus above it see it too.
    reach = Reach(operator="", county="division_id", division="division_id", station="station_id")

    def waiting(self) -> TraceCaseQuerySet:
        return self.filter(state=TraceCase.State.REQUESTED)

    def open_at(self, at: datetime) -> TraceCaseQuerySet:
        return self.filter(state=TraceCase.State.APPROVED, expires_at__gt=at)


class TraceCase(models.Model):
    """A bureau's request to see the chain of some batches as far as ``asked_path``.

    Only a second person opens it, and it ends by itself. ``asked_path`` is a stored division path;
    the province's opens the whole chain. Source: security.md section 5, D11.
    """

    class Kind(models.TextChoices):
        FAILED_SAMPLE = "failed_sample", "抽检不合格"
        COMPLAINT = "complaint", "投诉举报"
        ILLNESS = "illness", "疑似食源性疾病"
        INSPECTION = "inspection", "监督检查"
        DRILL = "drill", "演练"

    class State(models.TextChoices):
        REQUESTED = "requested", "待批准"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        CLOSED = "closed", "已结案"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    kind = models.CharField("事由", max_length=16, choices=Kind)
    reason = models.CharField("情况说明", max_length=200)
    start_ids = ArrayField(models.BigIntegerField(), verbose_name="起点批次")
    division = models.ForeignKey(
        "enterprises.Division", models.PROTECT, related_name="+", verbose_name="申请单位所在区划"
    )
    station = models.ForeignKey(
        "enterprises.Station", models.PROTECT, null=True, related_name="+", verbose_name="监管所"
    )
    bureau = models.CharField("申请单位", max_length=60)
    asked_path = models.CharField("申请查看的辖区", max_length=80)
    asked_name = models.CharField("申请查看的辖区名称", max_length=60)
    days = models.PositiveSmallIntegerField("申请天数")
    state = models.CharField("状态", max_length=10, choices=State, default=State.REQUESTED)
    requested_by = models.BigIntegerField("申请人", null=True)
    requested_name = models.CharField("申请人姓名", max_length=60)
    requested_at = models.DateTimeField("申请时间")
    decided_by = models.BigIntegerField("审批人", null=True)
    decided_name = models.CharField("审批人姓名", max_length=60, blank=True, default="")
    decided_at = models.DateTimeField("审批时间", null=True)
    decision_note = models.CharField("审批意见", max_length=200, blank=True, default="")
    expires_at = models.DateTimeField("有效期至", null=True)
    closed_by = models.BigIntegerField("结案人", null=True)
    closed_name = models.CharField("结案人姓名", max_length=60, blank=True, default="")
    closed_at = models.DateTimeField("结案时间", null=True)
    closing_note = models.CharField("结案说明", max_length=200, blank=True, default="")

    objects = TraceCaseQuerySet.as_manager()

    class Meta:
        verbose_name = "追溯案件"
        verbose_name_plural = "追溯案件"
        indexes = [models.Index(fields=["division", "-id"], name="trace_case_division_latest")]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="trace_case_has_reason"),
            models.CheckConstraint(
                condition=Q(start_ids__len__gt=0), name="trace_case_starts_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "closed"])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="trace_case_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(decided_by=models.F("requested_by")),
                name="trace_case_decided_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(expires_at__gt=models.F("decided_at")),
                name="trace_case_open_case_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.bureau} {self.requested_at:%Y-%m-%d}"

    @property
    def is_drill(self) -> bool:
        return self.kind == self.Kind.DRILL

    def is_open(self, at: datetime) -> bool:
        """Whether the chain may be looked at under the case at this moment."""
        return self.state == self.State.APPROVED and not self.is_expired(at)

    def is_expired(self, at: datetime) -> bool:
        return (
            self.state == self.State.APPROVED
            and self.expires_at is not None
            and at >= self.expires_at
        )


class TraceRunQuerySet(ScopedQuerySet["TraceRun"]):
    reach = Reach(county="division_id", division="division_id", station="station_id")


class TraceRun(models.Model):
    """One trace as it was run: who, under which case, how long it took and how far it reached.

    ``duration_ms`` is the platform's time to trace: from the request to every holder. The counts
    are of the whole trace, also where the person was shown only a part.
    """

    class Direction(models.TextChoices):
        UP = "up", "向上溯源"
        DOWN = "down", "向下追踪"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    at = models.DateTimeField("时间")
    case = models.ForeignKey(
        TraceCase,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="runs",
        verbose_name="追溯案件",
    )
    person_id = models.BigIntegerField("查看人", null=True)
    person_name = models.CharField("查看人姓名", max_length=60, blank=True, default="")
    bureau = models.CharField("查看单位", max_length=60, blank=True, default="")
    operator_id = models.BigIntegerField("经营主体", null=True)
    division_id = models.BigIntegerField("查看单位所在区划", null=True)
    station_id = models.BigIntegerField("监管所", null=True)
    start_ids = ArrayField(models.BigIntegerField(), verbose_name="起点批次")
    direction = models.CharField("方向", max_length=4, choices=Direction)
    duration_ms = models.PositiveIntegerField("用时（毫秒）")
    node_count = models.PositiveIntegerField("批次数")
    link_count = models.PositiveIntegerField("流转数")
    operator_count = models.PositiveIntegerField("涉及主体数")
    shown_count = models.PositiveIntegerField("可见批次数")
    depth = models.PositiveSmallIntegerField("层级")
    cut = models.CharField("未走完的原因", max_length=8, blank=True, default="")

    objects = TraceRunQuerySet.as_manager()

    class Meta:
        verbose_name = "追溯记录"
        verbose_name_plural = "追溯记录"
        indexes = [
            models.Index(fields=["case", "-id"], name="trace_run_case_latest"),
            models.Index(fields=["division_id", "-id"], name="trace_run_division_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.node_count}个批次 {self.duration_ms}毫秒"


class AccessReceiptQuerySet(ScopedQuerySet["AccessReceipt"]):
    # Only the owner of the data reads who looked; the bureaus have the runs themselves.
    reach = Reach(county="", division="", station="")


class AccessReceipt(models.Model):
    """An operator's data were seen under a case on that day; written for the operator to read.

    One row for each operator, case and day: the day's first look, whose person and bureau the
    ``run`` names. Narrow, because a single look may concern a hundred thousand operators; rows are
    distributed by ``operator_id``, which the key begins with.
    """

    pk = models.CompositePrimaryKey("operator_id", "day", "case_id")
    operator_id = models.BigIntegerField("经营主体")
    day = models.DateField("日期")
    case = models.ForeignKey(
        TraceCase,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="追溯案件",
    )
    run = models.ForeignKey(
        TraceRun,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="追溯记录",
    )

    objects = AccessReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = "查阅回执"
        verbose_name_plural = "查阅回执"

    def __str__(self) -> str:
        return f"{self.operator_id} {self.day}"
