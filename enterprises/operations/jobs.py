"""The job engine: the row is the record, a ring only says that there is something to do.

A ring may be lost, doubled or late; claiming is what counts, and it happens in the database.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db import OperationalError as DatabaseOperationalError
from django.db.models import F, Q
from kombu.exceptions import KombuError, OperationalError

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.jobs import (
    LEASE,
    JobFailed,
    LeaseLost,
    Paused,
    Run,
    UnknownKind,
    find_handler,
)
from enterprises.models import Job, Operator
from enterprises.operations import audit
from shilian import broker, clock
from shilian.problems import Problem, Rejected

log = logging.getLogger(__name__)

RING = "enterprises.ring"
MAX_ATTEMPTS = 3
RETRY_AFTER = timedelta(seconds=20)
RENEW_SECONDS = LEASE.total_seconds() / 3
SWEEP_LIMIT = 200
OUTAGE_SECONDS = 60
# A fresh job has its own ring under way; the sweeper leaves it that long.
SWEEP_AFTER = timedelta(seconds=10)
PARKED_MESSAGE = "连续三次没有做完，已搁置。数据没有写坏，请联系技术支持处理后重新提交。"
NO_LONGER_ALLOWED = "提交之后您的岗位或权限变了，任务没有执行。请刷新页面后重新提交。"
FAILED_MESSAGE = "处理时出错，稍后自动重试。"


def enqueue(
    *,
    by: Actor,
    kind: str,
    payload: dict[str, Any],
    at: datetime,
    operator: Operator | None = None,
    division_id: int | None = None,
    queue: Job.Queue | None = None,
    total: int = 0,
    key: str = "",
) -> Job:
    """Write down the work and ring for a worker once the transaction has committed.

    Without a message broker the job waits for the next sweep; the caller does not notice.
    Of jobs with the same ``key`` only one is under way: asked for again, it is given back.
    Raises: UnknownKind; OutOfScope when the operator is not the actor's to see.
    """
    if operator is not None and not by.sees(operator):
        raise OutOfScope
    job = Job(
        kind=kind,
        key=key,
        queue=queue or find_handler(kind).queue,
        payload=payload,
        created_by_id=by.person_id,
        operator_id=operator.pk if operator else None,
        division_id=division_id or (operator.county_id if operator else None),
        total_count=total,
        created_at=at,
    )
    kept = _insert(job)
    if kept.pk == job.pk:
        transaction.on_commit(lambda: ring(job.pk, job.queue))
    return kept


def _insert(job: Job) -> Job:
    """Keep the job, or give the one under way that has its key."""
    if not job.key:
        job.save(force_insert=True)
        return job
    while True:
        Job.objects.bulk_create([job], ignore_conflicts=True)
        # Ours may be done already, rung by a sweep; it must not be taken for one that is missing.
        same = (
            Job.objects.filter(pk=job.pk).first() or Job.objects.open().filter(key=job.key).first()
        )
        # Between the two statements the other one may have ended; then there is room for ours.
        if same is not None:
            return same


def ring(job_id: int, queue: str) -> bool:
    """Tell the workers of the queue that the job waits; False when nobody could be told."""
    # Celery itself would keep the request waiting for seconds before it gave up.
    if not broker.answers():
        log.warning("job %s not rung: no broker", job_id)
        return False
    try:
        current_app.send_task(RING, kwargs={"job_id": job_id}, queue=queue)
    except (OperationalError, KombuError, OSError) as error:
        log.warning("job %s not rung: %s", job_id, type(error).__name__)
        return False
    return True


@transaction.atomic
def cancel(*, by: Actor, job: Job, at: datetime) -> bool:
    """Stop one's own job; what it was writing is undone.

    Returns: False when the job was over already, or has committed the last of its work.
    Raises: OutOfScope for a job that somebody else, or the platform, asked for; Rejected for a
    kind of work that cannot be undone halfway.
    """
    if by.person_id is None or job.created_by_id != by.person_id:
        raise OutOfScope
    if not find_handler(job.kind).may_cancel:
        raise Rejected([Problem("job_not_cancellable", "", "这项任务不能中途取消，请等它做完。")])
    cancelled = (
        Job.objects.unfinished()
        .filter(pk=job.pk)
        .update(
            state=Job.State.CANCELLED,
            message="已由提交人取消。",
            finished_at=at,
            lease_token=None,
            lease_until=None,
        )
    )
    if cancelled:
        audit.append(
            by=by, at=at, event="job_cancelled", subject="Job", subject_id=job.pk, kind=job.kind
        )
    return bool(cancelled)


def run_slice(job_id: int, *, at: datetime) -> Job | None:
    """Claim the job and work on it for one slice.

    Returns: the job as it stands afterwards; None when it was not there to be claimed.
    """
    run = claim(job_id, at=at)
    if run is None:
        return None
    with _kept(run):
        _work(run)
    return Job.objects.get(pk=job_id)


def run_to_end(job_id: int) -> Job:
    """Work on the job in this process until it is over: for commands and tests."""
    while (job := run_slice(job_id, at=clock.now())) is not None and not job.is_over:
        Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(lease_until=None)
    return Job.objects.get(pk=job_id)


def claim(job_id: int, *, at: datetime) -> Run | None:
    """Take the lease of a job that nobody works on; count the attempt before it begins.

    A job that was attempted too often without moving on is parked instead.
    """
    with transaction.atomic():
        job = (
            Job.objects.claimable(at=at)
            .select_for_update(skip_locked=True)
            .filter(pk=job_id)
            .first()
        )
        if job is None:
            return None
        if job.attempts >= MAX_ATTEMPTS:
            _close(Q(pk=job_id), Job.State.PARKED, PARKED_MESSAGE, at)
            log.error("job %s (%s) parked", job_id, job.kind)
            return None
        job.state = Job.State.RUNNING
        job.attempts += 1
        job.lease_token = uuid4()
        job.lease_until = at + LEASE
        job.started_at = job.started_at or at
        job.save(update_fields=["state", "attempts", "lease_token", "lease_until", "started_at"])
    return _run_of(job)


def find_waiting(*, at: datetime) -> list[tuple[int, str]]:
    """Id and queue of the jobs a sweep should ring for: their ring or their worker was lost."""
    return list(
        Job.objects.claimable(at=at)
        .filter(Q(state=Job.State.RUNNING) | Q(created_at__lt=at - SWEEP_AFTER))
        .order_by("id")
        .values_list("pk", "queue")[:SWEEP_LIMIT]
    )


def sweep(*, at: datetime) -> int:
    """Ring again for every job that waits without a worker; how many could be rung."""
    return sum(ring(job_id, queue) for job_id, queue in find_waiting(at=at))


def _run_of(job: Job) -> Run:
    if job.lease_token is None:
        raise LeaseLost(job.pk)
    return Run(
        job_id=job.pk,
        token=job.lease_token,
        kind=job.kind,
        payload=job.payload,
        result=job.result,
        done_count=job.done_count,
        total_count=job.total_count,
        created_by_id=job.created_by_id,
        operator_id=job.operator_id,
        division_id=job.division_id,
    )


def _work(run: Run) -> None:
    """Call the handler and write down how the slice ended."""
    try:
        result = find_handler(run.kind).run(run)
    except LeaseLost:
        log.warning("job %s: lease lost, chunk undone", run.job_id)
    except Paused:
        _give_back(run)
    except SoftTimeLimitExceeded:
        _give_back(run) if run.has_moved else _retry(run)
    except JobFailed as failure:
        _close(_own(run), Job.State.FAILED, str(failure), clock.now())
    except Rejected as rejection:
        _close(_own(run), Job.State.FAILED, _sentence(rejection), clock.now())
    except (OutOfScope, Forbidden):
        _close(_own(run), Job.State.FAILED, NO_LONGER_ALLOWED, clock.now())
    except UnknownKind:
        _close(_own(run), Job.State.FAILED, "这一版程序不认识这种任务。", clock.now())
    except (DatabaseOperationalError, InterfaceError):
        log.exception("job %s (%s) raised", run.job_id, run.kind)
        _retry(run) if connection.is_usable() else _sit_out(run)
    except Exception:
        # The edge of the platform: whatever it was is logged once and tried again.
        log.exception("job %s (%s) raised", run.job_id, run.kind)
        _retry(run)
    else:
        _finish(run, result or {})


def _finish(run: Run, result: dict[str, Any]) -> None:
    done = Job.objects.filter(_own(run))
    done.filter(message="").update(message="已完成。")
    done.update(
        state=Job.State.DONE,
        result=run.result | result,
        finished_at=clock.now(),
        lease_token=None,
        lease_until=None,
    )


def _give_back(run: Run) -> None:
    """Queue the job behind the others; what it did so far is committed."""
    given = Job.objects.filter(_own(run)).update(
        state=Job.State.QUEUED, attempts=0, lease_token=None, lease_until=None
    )
    if given:
        _ring_again(run)


def _sit_out(run: Run) -> None:
    """The database went away: wait for it, and do not count what was not the job's fault."""
    for _ in range(OUTAGE_SECONDS):
        connection.close()
        time.sleep(1)
        try:
            given = Job.objects.filter(_own(run)).update(
                state=Job.State.QUEUED,
                attempts=F("attempts") - 1,
                lease_token=None,
                lease_until=None,
            )
        except (DatabaseOperationalError, InterfaceError):
            continue
        if given:
            _ring_again(run)
        return
    log.error("job %s: database away, left to the sweep", run.job_id)


def _ring_again(run: Run) -> None:
    ring(run.job_id, Job.objects.values_list("queue", flat=True).get(pk=run.job_id))


def _retry(run: Run) -> None:
    """Try again a little later, or park what failed too often."""
    at = clock.now()
    attempts = Job.objects.filter(_own(run)).values_list("attempts", flat=True).first()
    if attempts is not None and attempts >= MAX_ATTEMPTS:
        _close(_own(run), Job.State.PARKED, PARKED_MESSAGE, at)
        return
    # A queued job's lease is the moment before which nobody takes it up.
    Job.objects.filter(_own(run)).update(
        state=Job.State.QUEUED,
        message=FAILED_MESSAGE,
        lease_token=None,
        lease_until=at + RETRY_AFTER,
    )


def _own(run: Run) -> Q:
    return Q(pk=run.job_id, lease_token=run.token)


def _close(which: Q, state: Job.State, message: str, at: datetime) -> None:
    Job.objects.filter(which).update(
        state=state, message=message[:300], finished_at=at, lease_token=None, lease_until=None
    )


def _sentence(rejection: Rejected) -> str:
    first = rejection.problems[0].message if rejection.problems else "内容有误。"
    more = len(rejection.problems) - 1
    return f"{first}（另有 {more} 处问题）" if more > 0 else first


@contextmanager
def _kept(run: Run) -> Iterator[None]:
    """Renew the lease from a second thread, so that a long step is not taken for a dead worker."""
    over = Event()
    keeper = Thread(target=_keep, args=(run, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(run: Run, over: Event) -> None:
    while not over.wait(RENEW_SECONDS):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    # A chunk that is being committed holds the row, and renews it anyway.
                    cursor.execute("SET LOCAL lock_timeout = '1s'")
                run.renew()
        except LeaseLost:
            return
        except DatabaseError as error:
            log.info("job %s: lease not renewed: %s", run.job_id, type(error).__name__)
        finally:
            connection.close()
