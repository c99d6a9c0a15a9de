"""The state of the installation for those who keep it running: parts and job counts, no business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from enterprises.models import Job
from shilian import checkup

RECENT = timedelta(days=1)
PART_NAMES = {
    "database": "数据库",
    "broker": "消息服务",
    "migrations": "数据库结构",
    "worker": "后台任务进程",
    "disk": "磁盘",
}


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    is_ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SystemState:
    """``job_counts`` by state in words over the last day; ``open_count`` of any age."""

    parts: list[Part]
    job_counts: list[tuple[str, int]]
    open_count: int
    parked_count: int


def system_state(*, at: datetime) -> SystemState:
    """PUBLIC of business data: names of parts and counts only. Cost: three queries and the checks."""
    parts = [Part(PART_NAMES.get(f.name, f.name), f.ok, f.detail) for f in checkup.readiness()]
    counted = (
        Job.objects.filter(created_at__gte=at - RECENT)
        .values_list("state")
        .annotate(jobs=Count("pk"))
        .order_by("state")
    )
    return SystemState(
        parts=parts,
        job_counts=[(Job.State(state).label, count) for state, count in counted],
        open_count=Job.objects.open().count(),
        parked_count=Job.objects.filter(state=Job.State.PARKED).count(),
    )
