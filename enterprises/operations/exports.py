"""Lists that leave the platform as a sheet: who took what out is written down.

A short list is downloaded at once; a long one is written by a job, kept for some days for the
person who asked, and deleted.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from enterprises.actor import Actor
from enterprises.extracts import Source
from enterprises.jobs import Run
from enterprises.models import AuditEntry, Job, Operator
from enterprises.operations import audit, jobs
from enterprises.queries import export_files

KIND = "export_list"
FOLDER = "exports"


def record_export(
    *, by: Actor, source: Source, at: datetime, count: int, county_id: int | None = None
) -> AuditEntry:
    """Write down that a list was taken out; the entry's id marks the file.

    Raises: Forbidden.
    """
    source.require(by)
    return _append(by, at, source.name, count, county_id)


def begin_export(
    *, by: Actor, source: Source, query: str, at: datetime, operator: Operator | None = None
) -> Job:
    """Put the writing of a long list to work; asked for again while it runs, it is the same job.

    ``query`` holds the filters as they stand in the address.
    Raises: Forbidden, OutOfScope.
    """
    source.require(by)
    digest = sha256(f"{source.name}?{query}".encode()).hexdigest()[:32]
    return jobs.enqueue(
        by=by,
        kind=KIND,
        payload={"source": source.name, "query": query},
        operator=operator,
        at=at,
        key=f"export:{by.person_id}:{operator.pk if operator else ''}:{digest}",
    )


def finish_export(*, by: Actor, run: Run, path: Path, facts: dict[str, Any], at: datetime) -> None:
    """Offer the written file to its person; one audit row says how much was taken out.

    ``facts`` names the file, the rows in it, the county that it is about and what opened it.
    Raises: LeaseLost when another worker has taken the job over; the file is then its.
    """
    with transaction.atomic():
        _append(by, at, run.payload["source"], facts["rows"], facts["county_id"], run.job_id)
        run.progress(
            facts["rows"],
            facts["rows"],
            message=f"已生成，共 {facts['rows']:,} 行。",
            file=str(path.relative_to(settings.FILES_DIR)),
            name=facts["name"],
            rows=facts["rows"],
            sight=export_files.sight_of(by),
            opened_by=facts["opened_by"],
        )


def note_fetch(*, by: Actor, job: Job, at: datetime) -> AuditEntry:
    """Write down that the file of an export was downloaded by the person it was made for."""
    return audit.append(
        by=by, at=at, event="export_fetched", subject=job.payload["source"], subject_id=job.pk,
        count=job.result["rows"],
    )  # fmt: skip


def place_for(run: Run) -> Path:
    """Where this worker writes the file; the name cannot be guessed."""
    folder = Path(settings.FILES_DIR) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{run.job_id}-{run.token}.xlsx"


def clear_files(*, before: datetime) -> int:
    """Delete the files made before that moment, half-written ones as well; how many there were."""
    folder = Path(settings.FILES_DIR) / FOLDER
    return sum(_clear(path, before) for path in folder.glob("*"))


def _clear(path: Path, before: datetime) -> bool:
    try:
        if path.stat().st_mtime >= before.timestamp():
            return False
        path.unlink()
    except FileNotFoundError:
        # A worker at its own drafts took it away between the listing and here.
        return False
    return True


def _append(
    by: Actor, at: datetime, what: str, count: int, county_id: int | None, job_id: int | None = None
) -> AuditEntry:
    return audit.append(
        by=by, at=at, event="list_exported", subject=what, subject_id=job_id,
        county_id=county_id, count=max(count, 1),
    )  # fmt: skip
