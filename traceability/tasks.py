"""What the workers of this app do when they are rung."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task

from enterprises.actor import platform_actor
from enterprises.jobs import Run, handler
from enterprises.models import Job
from enterprises.operations import webhooks
from shilian import clock
from shilian.celery import app
from traceability.operations import (
    duplicates,
    epcis_capture,
    epcis_delivery,
    import_runs,
    imports,
    photo_match,
    webhook_events,
)

# Twice the interval is looked back: a look that was late or lost is made good by the next one.
LOOK_SECONDS = 600.0
LOOKS_BACK = timedelta(seconds=2 * LOOK_SECONDS)


@handler(imports.JOB_KIND, queue=Job.Queue.SMALL, may_cancel=True)
def import_sheet(run: Run) -> dict[str, Any]:
    """Check or record one uploaded sheet; goes on where the last worker stopped."""
    return import_runs.run_import(run)


@handler(webhooks.JOB_KIND)
def deliver_webhooks(run: Run) -> dict[str, Any]:
    """Send the messages to self-built systems that are due."""
    return webhooks.deliver_due(run)


@shared_task(name="traceability.announce_news")
def announce_news() -> None:
    """Tell self-built systems of goods and recalls, and send again what did not arrive."""
    webhook_events.announce_news(at=clock.now())
    webhooks.ring(at=clock.now())


app.add_periodic_task(30.0, announce_news.s(), name="announce_news", expires=30)


@shared_task(name="traceability.sweep_epcis")
def sweep_epcis() -> None:
    """End captures whose job was given up, and ring for subscribers that have news waiting."""
    epcis_capture.end_abandoned(at=clock.now())
    epcis_delivery.ring_all(at=clock.now())


app.add_periodic_task(30.0, sweep_epcis.s(), name="sweep_epcis", expires=30)


@handler(photo_match.JOB_KIND, queue=Job.Queue.LARGE)
def match_photos(run: Run) -> dict[str, Any]:
    """Give the photos of one archive to their purchases; goes on where the last worker stopped."""
    return photo_match.match_photos(run)


@shared_task(name="traceability.find_duplicates")
def find_duplicates() -> None:
    """List the pairs that two channels told, among the newest records."""
    now = clock.now()
    duplicates.find_duplicates(by=platform_actor(), since=now - LOOKS_BACK, at=now)


app.add_periodic_task(LOOK_SECONDS, find_duplicates.s(), name="find_duplicates", expires=600)
