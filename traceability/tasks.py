"""What the workers of this app do when they are rung."""

from __future__ import annotations

from typing import Any

from enterprises.jobs import Run, handler
from enterprises.models import Job
from shilian import clock
from traceability.operations import import_runs, imports, ledger_import


@handler(ledger_import.JOB_KIND, queue=Job.Queue.SMALL, may_cancel=True)
def import_ledger(run: Run) -> dict[str, Any]:
    """Read and record one ledger; goes on where the last worker stopped."""
    return ledger_import.run_import(run, at=clock.now())


@handler(imports.JOB_KIND, queue=Job.Queue.SMALL, may_cancel=True)
def import_sheet(run: Run) -> dict[str, Any]:
    """Check or record one uploaded sheet; goes on where the last worker stopped."""
    return import_runs.run_import(run)
