"""Importing ledgers: a workbook from disk to committed rows, beside COPY and django-import-export."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from threading import Event, Thread

from django.conf import settings
from django.db import connection

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import ImportSession, Job, Operator
from enterprises.operations import jobs
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import clocked
from shilian.embedded.leash import leashed
from shilian.sheets import reader
from traceability.measures import ledger_files, versus, writing
from traceability.models import Purchase
from traceability.operations import imports, purchase_uploads
from traceability.rules import purchases as rules
from traceability.rules.purchases import Verdicts
from traceability.sheets.base import find_kind

ROWS, MANY, FEW, PEER_ROWS = 100_000, 1_000_000, 200, 12_000
ROUNDS = 3
SMALL_FILES = 7
MISSING = "没有安装对比用的软件包，请运行 make install；vs_django_import_export 未测。"


@dataclass(frozen=True, slots=True)
class Shop:
    operator: Operator
    actor: Actor


def measure() -> Metrics:
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        place = Path(folder)
        _import(_shop(), _workbook(place, FEW, "WARM"))
        return {
            **_workbook_speed(place),
            **_write_speed(),
            **_long_file(place),
        }


def _shop() -> Shop:
    operator = writing.make_operator()
    return Shop(operator, actor_for_operator(operator, channel="sheet"))


def _workbook(place: Path, count: int, tag: str) -> Path:
    path = place / f"{tag}.xlsx"
    ledger_files.write_workbook(path, count, tag=tag)
    return path


def _import(shop: Shop, path: Path) -> float:
    """Seconds from the file on disk to the last row committed and counted, in this process."""
    with clocked() as taken, path.open("rb") as upload:
        session = imports.start_import(
            by=shop.actor,
            operator=shop.operator,
            kind=find_kind("purchases"),
            upload=upload,
            file_name=path.name,
            month=clock.today(),
            at=clock.now(),
            mode=ImportSession.Mode.GOOD_ROWS,
        )
        job = jobs.run_to_end(session.job_id or 0)
    session.refresh_from_db()
    written = session.summary.get("written")
    if (
        job.state != Job.State.DONE
        or written != Purchase.objects.filter(operator=shop.operator).count()
    ):
        raise RuntimeError(f"the import did not end well: {job.message} {session.summary}")
    return taken.seconds


def _workbook_speed(place: Path) -> Metrics:
    """A hundred thousand rows; how much of the time reading alone takes; the peer beside it."""
    path = _workbook(place, ROWS, "XLSX")
    seconds = min(_import(_shop(), path) for _ in range(ROUNDS))
    with clocked() as reading:
        rows = sum(1 for _ in reader.stream_sheet(path)) - 1
    if rows != ROWS + 1:
        raise RuntimeError("rows are missing")
    return {
        "xlsx_rows_per_s": round(ROWS / seconds),
        "xlsx_seconds": round(seconds, 2),
        "parse_share": round(reading.seconds / seconds, 3),
        **_beside_django_import_export(place, ROWS / seconds),
    }


def _beside_django_import_export(place: Path, ours: float) -> Metrics:
    """Rows a second of both; the peer gets fewer rows, because it takes minutes for all."""
    if not find_spec("import_export"):
        return {"vs_django_import_export": None, "peers": MISSING}
    path = _workbook(place, PEER_ROWS, "PEER")
    question = {"path": str(path), "rows": PEER_ROWS}
    with versus.peer_process("ledger_import", question) as peer:
        theirs = versus.answer_of(peer)
    return {
        "django_import_export_rows_per_s": round(theirs["usual"]),
        "django_import_export_bulk_rows_per_s": round(theirs["bulk"]),
        "vs_django_import_export": round(ours / theirs["usual"], 1),
        "vs_django_import_export_bulk": round(ours / theirs["bulk"], 1),
        "django_import_export_flat_rows_per_s": round(theirs["flat"]),
        "vs_django_import_export_flat": round(ours / theirs["flat"], 1),
    }


def _write_speed() -> Metrics:
    """Recording judged rows beside COPY of the very same rows as PostgreSQL itself sends them."""
    bench = writing.prepare()
    facts = writing.facts_of(bench)
    today = clock.today()
    found = rules.check_each_purchase(bench.drafts, facts, today=today)

    def record() -> None:
        purchase_uploads.record_uploaded(
            by=bench.actor,
            operator=bench.operator,
            drafts=bench.drafts,
            at=clock.now(),
            arrived={},
            verdicts=Verdicts(facts, found, today),
        )

    record()
    floor, ours = writing.beside_copy(bench, record)
    return {
        "write_rows_per_s": round(writing.MANY / ours),
        "copy_rows_per_s": round(writing.MANY / floor),
        "write_vs_copy": round(floor / ours, 3),
    }


def _long_file(place: Path) -> Metrics:
    """A million rows of text in a process of its own, and small files that come meanwhile."""
    shop, path = _shop(), place / "long.csv"
    ledger_files.write_csv(path, MANY, tag="CSV")
    idle = median(_small_imports(place, "IDLE"))
    with _importing(shop, path) as process, _Watch(shop) as watch:
        _until_moving(shop, process)
        busy = median(_small_imports(place, "BUSY"))
        answer, _ = process.communicate()
    told = json.loads(answer)
    if told["imported"] != MANY or process.returncode:
        raise RuntimeError(f"rows are missing: {told['imported']} {told['message']}")
    return {
        "csv_1m_rows_per_s": round(MANY / told["seconds"]),
        "csv_1m_peak_mb": told["peak_mb"],
        "csv_1m_longest_silence_s": round(watch.longest, 1),
        "small_import_idle_s": round(idle, 2),
        "small_import_slowdown": round(busy / idle, 2),
    }


def _small_imports(place: Path, tag: str) -> list[float]:
    return [
        _import(_shop(), _workbook(place, FEW, f"{tag}{number}")) for number in range(SMALL_FILES)
    ]


@contextmanager
def _importing(shop: Shop, path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [
        *(sys.executable, str(settings.BASE_DIR / "manage.py"), "import_records", str(path)),
        *("--sheet", "purchases", "--operator", shop.operator.credit_code, "--commit", "--json"),
    ]
    process = subprocess.Popen(leashed(command), stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _until_moving(shop: Shop, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        if Job.objects.filter(operator_id=shop.operator.pk, done_count__gt=0).exists():
            return
        time.sleep(0.2)


class _Watch:
    """How long the import's progress stood still, at most."""

    def __init__(self, shop: Shop) -> None:
        self.longest = 0.0
        self._shop = shop
        self._over = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        jobs_ = Job.objects.filter(operator_id=self._shop.operator.pk, state=Job.State.RUNNING)
        done, moved_at = 0, time.monotonic()
        while not self._over.wait(0.3):
            now = jobs_.values_list("done_count", flat=True).first()
            if now != done or not now:
                done, moved_at = now or 0, time.monotonic()
            self.longest = max(self.longest, time.monotonic() - moved_at)
        connection.close()
