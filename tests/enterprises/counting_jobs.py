"""Handlers for the engine's tests; a real worker process loads them with ``--include``."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from django.db import transaction

from enterprises.actor import Forbidden
from enterprises.jobs import JobFailed, Paused, Run, handler
from enterprises.models import Job, RateBucket
from enterprises.roles import Permission
from shilian import clock


@handler("count", queue=Job.Queue.SMALL, may_cancel=True)
def count(run: Run) -> dict[str, Any]:
    """Write rows 0…total-1 in chunks of 10; a row written twice breaks the primary key."""
    total = run.payload["total"]
    while run.done_count < total:
        first = run.done_count
        with transaction.atomic():
            RateBucket.objects.bulk_create(
                RateBucket(key=f"row {n}", tokens=n, updated_at=clock.now())
                for n in range(first, first + 10)
            )
            run.progress(first + 10, total, f"已写入 {first + 10} 行")
        if run.payload.get("pause"):
            raise Paused
        time.sleep(run.payload.get("seconds", 0))
    return {"written": total}


@handler("kill_itself")
def kill_itself(run: Run) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@handler("raise")
def raise_error(run: Run) -> None:
    raise ZeroDivisionError


@handler("refuse")
def refuse(run: Run) -> None:
    raise JobFailed("表里没有数据。")


@handler("forbid")
def forbid(run: Run) -> None:
    raise Forbidden(Permission.EXPORT_LISTS)


@handler("lose")
def lose(run: Run) -> None:
    """Somebody else takes the job between two chunks."""
    Job.objects.filter(pk=run.job_id).update(lease_token="00000000-0000-4000-8000-000000000000")
    with transaction.atomic():
        RateBucket.objects.create(key="stray", tokens=1, updated_at=clock.now())
        run.progress(1)
