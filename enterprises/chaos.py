"""Crash tests of the job engine: real workers and servers are killed while rows are written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from enterprises.actor import platform_actor
from enterprises.jobs import Run, handler
from enterprises.models import Job, RateBucket
from enterprises.operations import jobs
from shilian import broker, clock
from shilian.bench import Metrics, scenario
from shilian.embedded.leash import leashed
from shilian.embedded.postgres import Postgres

# The trial of spoilt sheets registers itself; it belongs to no app, so this one brings it along.
from shilian.sheets import trial  # noqa: F401

ROWS = 20_000
CHUNK = 100
KILLS = 10
LIMIT_SECONDS = 300


@handler("chaos_rows")
def write_rows(run: Run) -> dict[str, Any]:
    """Write numbered rows in chunks; a row written twice would break the primary key."""
    while run.done_count < run.total_count:
        first = run.done_count
        with transaction.atomic():
            RateBucket.objects.bulk_create(
                RateBucket(key=f"{run.job_id}-{n}", tokens=n, updated_at=clock.now())
                for n in range(first, first + CHUNK)
            )
            run.progress(first + CHUNK)
        run.pause_if_due()
    return {"written": run.done_count}


@scenario("worker_killed")
def worker_killed() -> Metrics:
    """kill -9 of the whole worker at random points of two jobs."""

    def strike(worker: Worker, number: int) -> None:
        worker.kill()
        expire_leases()
        worker.start()

    return _under_fire(strike)


@scenario("postgres_killed")
def postgres_killed() -> Metrics:
    """kill -9 of the database server while a job writes."""
    server = Postgres(settings.LAYOUT)
    outages: list[float] = []

    def strike(worker: Worker, number: int) -> None:
        pid = server.postmaster_id()
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        started = time.monotonic()
        server.start()
        outages.append(time.monotonic() - started)
        patiently(expire_leases)

    return _under_fire(strike) | {"longest_outage_seconds": round(max(outages, default=0.0), 2)}


@scenario("redis_wiped")
def redis_wiped() -> Metrics:
    """Every ring is thrown away, and the worker with it, again and again."""

    def strike(worker: Worker, number: int) -> None:
        worker.kill()
        with broker.client() as client:
            client.flushall()
        expire_leases()
        worker.start()

    return _under_fire(strike)


def _under_fire(strike: Callable[[Worker, int], None]) -> Metrics:
    """Run two jobs while ``strike`` hits again and again; then count the rows."""
    RateBucket.objects.all().delete()
    made = [_enqueue() for _ in range(2)]
    started = time.monotonic()
    kills = 0
    with _worker() as worker:
        while not patiently(_all_over, made) and time.monotonic() - started < LIMIT_SECONDS:
            time.sleep(0.7)
            patiently(jobs.sweep, at=clock.now() + timedelta(minutes=1))
            if kills < KILLS and patiently(_rows_written) > kills * ROWS * 2 // (KILLS + 2):
                strike(worker, kills)
                kills += 1
    written = RateBucket.objects.count()
    lost = sum(job.done_count for job in _again(made)) - written
    finished = _all_over(made)
    return {
        "kills": kills,
        "rows": written,
        "lost": lost,
        "missing": 2 * ROWS - written,
        "states": ",".join(sorted(job.state for job in _again(made))),
        "seconds": round(time.monotonic() - started, 1),
        "passed": finished and lost == 0 and written == 2 * ROWS,
    }


def _enqueue() -> Job:
    return jobs.enqueue(
        by=platform_actor(), kind="chaos_rows", payload={}, total=ROWS, at=clock.now()
    )


def _all_over(made: list[Job]) -> bool:
    open_ = Job.objects.open().filter(pk__in=[job.pk for job in made])
    return not open_.exists()


def _again(made: list[Job]) -> list[Job]:
    """The jobs as they stand now."""
    return list(Job.objects.filter(pk__in=[job.pk for job in made]))


def _rows_written() -> int:
    return RateBucket.objects.count()


def expire_leases() -> None:
    """What 45 seconds of waiting would do."""
    Job.objects.filter(state=Job.State.RUNNING).update(
        lease_until=clock.now() - timedelta(seconds=1)
    )


def patiently(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """The call's answer, through an outage of the database."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return call(*arguments, **named)
        except DatabaseError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


class Worker:
    """A real Celery worker in a process group of its own."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            leashed(
                [
                    *(sys.executable, "-m", "celery", "-A", "shilian", "--quiet", "worker"),
                    *("-Q", "default,small,large", "-c", "2", "-l", "ERROR"),
                    *("--without-mingle", "--without-gossip", "--include", "enterprises.chaos"),
                ]
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def _worker() -> Iterator[Worker]:
    worker = Worker()
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()
