"""What the workers do with captured EPCIS documents."""

from __future__ import annotations

from typing import Any

from enterprises.jobs import Run, handler
from enterprises.models import Job
from shilian import clock
from traceability.operations import epcis_capture, epcis_delivery


@handler(epcis_capture.JOB_KIND, queue=Job.Queue.SMALL)
def capture_document(run: Run) -> dict[str, Any]:
    """Capture one document; a worker that was killed left nothing of it."""
    return epcis_capture.run_capture(run, at=clock.now())


@handler(epcis_delivery.JOB_KIND, queue=Job.Queue.SMALL)
def deliver_events(run: Run) -> dict[str, Any]:
    """Send subscribers what was captured; what they have they are not sent again."""
    return epcis_delivery.deliver(run)
