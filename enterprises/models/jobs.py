"""Work that takes longer than a page may: the rows are the record, Celery only rings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from enterprises.scope import Reach, ScopedQuerySet
from shilian.db.ids import new_id

if TYPE_CHECKING:
    from enterprises.actor import Actor


class JobQuerySet(ScopedQuerySet["Job"]):
    reach = Reach(county="division_id", station="")

    def visible_to(self, actor: Actor) -> JobQuerySet:
        """The jobs inside the actor's scope, and those the person asked for."""
        inside = self._inside(actor.scope)
        # An empty condition means everything, and would vanish beside an OR.
        if inside and actor.person_id is not None:
            inside |= Q(created_by_id=actor.person_id)
        return self.filter(inside)

    def open(self) -> JobQuerySet:
        """Jobs that still have work in them."""
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def unfinished(self) -> JobQuerySet:
        """Open jobs whose last piece is not committed yet.

        The worker closes its job a moment after that; calling the job undone then would be a lie.
        """
        return self.open().exclude(total_count__gt=0, done_count=F("total_count"))

    def claimable(self, *, at: datetime) -> JobQuerySet:
        """Jobs that wait, and running ones whose worker stopped renewing its lease.

        On a waiting job the lease is the moment before which it is not tried again.
        """
        free = Q(lease_until=None) | Q(lease_until__lt=at)
        return self.filter(free, state__in=[Job.State.QUEUED, Job.State.RUNNING])


class Job(models.Model):
    """One piece of slow work: what to do, how far it is, and who holds it now."""

    class State(models.TextChoices):
        QUEUED = "queued", "等待处理"
        RUNNING = "running", "正在处理"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        PARKED = "parked", "已搁置"
        CANCELLED = "cancelled", "已取消"

    class Queue(models.TextChoices):
        DEFAULT = "default", "普通"
        SMALL = "small", "小批量"
        LARGE = "large", "大批量"

    id = models.BigIntegerField("编号", primary_key=True, default=new_id)
    kind = models.CharField("种类", max_length=40, help_text="处理程序登记的名称")
    key = models.CharField(
        "唯一键", max_length=100, blank=True, default="", help_text="同一键同时只有一个未结束的任务"
    )
    queue = models.CharField("队列", max_length=10, choices=Queue, default=Queue.DEFAULT)
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    payload = models.JSONField("输入", default=dict, blank=True)
    result = models.JSONField("结果", default=dict, blank=True)
    message = models.CharField("说明", max_length=300, blank=True)
    done_count = models.PositiveIntegerField("已处理", default=0)
    total_count = models.PositiveIntegerField("总数", default=0)
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    lease_token = models.UUIDField("租约", null=True, blank=True, editable=False)
    lease_until = models.DateTimeField("租约到期", null=True, blank=True, editable=False)
    created_by_id = models.BigIntegerField("发起人", null=True, blank=True)
    operator_id = models.BigIntegerField("经营主体", null=True, blank=True)
    division_id = models.BigIntegerField("辖区", null=True, blank=True)
    created_at = models.DateTimeField("提交时间")
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "任务"
        verbose_name_plural = "任务"
        indexes = [
            models.Index(
                fields=["state", "lease_until"],
                condition=Q(state__in=["queued", "running"]),
                name="job_open",
            ),
            models.Index(fields=["operator_id", "-id"], name="job_operator_latest"),
            models.Index(fields=["created_by_id", "-id"], name="job_person_latest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=~Q(key="") & Q(state__in=["queued", "running"]),
                name="job_open_once_per_key",
            ),
            models.CheckConstraint(
                condition=Q(total_count=0) | Q(done_count__lte=F("total_count")),
                name="job_done_within_total",
            ),
            models.CheckConstraint(
                condition=~Q(state="running")
                | Q(lease_token__isnull=False, lease_until__isnull=False),
                name="job_running_holds_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.get_state_display()}"

    @property
    def is_over(self) -> bool:
        return self.state not in (self.State.QUEUED, self.State.RUNNING)

    @property
    def percent(self) -> int | None:
        """Whole per cent done; None while the total is not known."""
        return self.done_count * 100 // self.total_count if self.total_count else None
