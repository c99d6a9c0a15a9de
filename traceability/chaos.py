"""A large ledger imported while everything that can be killed is killed, again and again."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count

from enterprises.actor import Actor, actor_for_operator
from enterprises.chaos import Worker, expire_leases, patiently
from enterprises.models import ImportRow, ImportSession, Job, Operator
from enterprises.operations import jobs
from shilian import broker, clock
from shilian.bench import Metrics, scenario
from shilian.embedded.postgres import Postgres
from traceability.measures import api_storm, ledger_files, writing
from traceability.models import Batch, Purchase
from traceability.operations import imports
from traceability.sheets.base import find_kind

ROWS, BAD_EVERY = 60_000, 50
KILLS, OUTAGES, WIPES, DOUBLES = 50, 10, 3, 10
LIMIT_SECONDS = 1_500


@dataclass(frozen=True, slots=True)
class Import:
    """One file under way, and how many of its rows are good."""

    by: Actor
    operator: Operator
    session: ImportSession
    good: int
    bad: int


@scenario("imports")
def imports_under_fire() -> Metrics:
    """kill -9 of workers and of the database, rings thrown away, two workers on one job."""
    drawn = random.Random(20261122)
    strikes = {"kills": 0, "outages": 0, "wipes": 0, "doubles": 0}
    finished: list[Import] = []
    started = time.monotonic()
    first, second = Worker(), Worker()
    for worker in (first, second):
        worker.start()
    try:
        while not _enough(strikes) and time.monotonic() - started < LIMIT_SECONDS:
            current = _start(len(finished))
            _strike_until_over(current, strikes, drawn, first, second)
            finished.append(current)
    finally:
        first.kill()
        second.kill()
    found = [_count(each) for each in finished]
    lost, doubled, unkept = (sum(part) for part in zip(*found, strict=True))
    return {
        **strikes,
        "imports": len(finished),
        "rows": len(finished) * ROWS,
        "lost": lost,
        "duplicated": doubled,
        "rows_without_outcome": unkept,
        "seconds": round(time.monotonic() - started, 1),
        "passed": not (lost or doubled or unkept) and _enough(strikes),
    }


def _enough(strikes: dict[str, int]) -> bool:
    wanted = {"kills": KILLS, "outages": OUTAGES, "wipes": WIPES, "doubles": DOUBLES}
    return all(strikes[name] >= count for name, count in wanted.items())


def _start(number: int) -> Import:
    """A ledger with a wrong row here and there, and a worker told of it."""
    operator = writing.make_operator()
    by = actor_for_operator(operator, channel="sheet")
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        path = Path(folder) / "ledger.csv"
        ledger_files.write_csv(path, ROWS, tag=f"C{number}-", bad_every=BAD_EVERY)
        with path.open("rb") as upload:
            session = imports.start_import(
                by=by,
                operator=operator,
                kind=find_kind("purchases"),
                upload=upload,
                file_name=path.name,
                month=clock.today(),
                at=clock.now(),
                mode=ImportSession.Mode.GOOD_ROWS,
            )
    bad = ROWS // BAD_EVERY
    return Import(by, operator, session, ROWS - bad, bad)


def _strike_until_over(
    current: Import, strikes: dict[str, int], drawn: random.Random, first: Worker, second: Worker
) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not patiently(_is_over, current) and time.monotonic() < deadline:
        patiently(jobs.sweep, at=clock.now() + timedelta(minutes=1))
        # Long enough for a worker to have begun, at no moment in particular.
        time.sleep(drawn.uniform(1.0, 6.0))
        _strike(strikes, drawn, first, second)
        patiently(_take_up_again, current)


def _strike(strikes: dict[str, int], drawn: random.Random, first: Worker, second: Worker) -> None:
    """One blow, the rarer ones spread between the others."""
    if strikes["kills"] >= 5 * (strikes["outages"] + 1) and strikes["outages"] < OUTAGES:
        _kill_the_database()
        strikes["outages"] += 1
    elif strikes["kills"] >= 15 * (strikes["wipes"] + 1) and strikes["wipes"] < WIPES:
        with broker.client() as client:
            client.flushall()
        strikes["wipes"] += 1
    elif strikes["kills"] >= 5 * (strikes["doubles"] + 1) and strikes["doubles"] < DOUBLES:
        # Nobody is killed: the job looks abandoned while its worker still writes.
        patiently(expire_leases)
        strikes["doubles"] += 1
    elif strikes["kills"] < KILLS:
        worker = drawn.choice((first, second))
        worker.kill()
        patiently(expire_leases)
        worker.start()
        strikes["kills"] += 1


def _kill_the_database() -> None:
    server = Postgres(settings.LAYOUT)
    pid = server.postmaster_id()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
        server.start()
    patiently(expire_leases)


def _is_over(current: Import) -> bool:
    state = ImportSession.objects.values_list("state", flat=True).get(pk=current.session.pk)
    return state == ImportSession.State.DONE


def _take_up_again(current: Import) -> None:
    """What its sender would do with a job that was put aside after three deaths in a row."""
    session = ImportSession.objects.get(pk=current.session.pk)
    job = Job.objects.get(pk=session.job_id or 0)
    if job.state in (Job.State.PARKED, Job.State.FAILED):
        imports.resume_import(by=current.by, session=session, at=clock.now())


def _count(current: Import) -> tuple[int, int, int]:
    """How many good rows have no record, how many records there are too many, and rows without word."""
    rows = ImportRow.objects.filter(session=current.session)
    made = Purchase.objects.filter(operator=current.operator)
    vouchers = made.values("voucher_number").annotate(times=Count("id"))
    distinct = vouchers.count()
    batches = Batch.objects.filter(operator=current.operator).count()
    bad = rows.filter(outcome=ImportRow.Outcome.BAD).count()
    written = rows.filter(outcome=ImportRow.Outcome.WRITTEN).count()
    lost = current.good - distinct
    doubled = made.count() - distinct + max(batches - distinct, 0)
    return lost, doubled, abs(current.good - written) + abs(current.bad - bad)


@scenario("api")
def api_in_a_storm() -> Metrics:
    """A thousand idempotency keys from 32 threads each; made-up requests for every operation."""
    return api_storm.measure()
