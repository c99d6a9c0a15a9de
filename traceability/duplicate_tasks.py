"""Looks for what two channels told of the same goods, while records come in."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from enterprises.actor import platform_actor
from shilian import clock
from shilian.celery import app
from traceability.operations import duplicates

EVERY_SECONDS = 600.0
# Twice the interval: a look that was late or lost is made good by the next one.
LOOKS_BACK = timedelta(seconds=2 * EVERY_SECONDS)


@shared_task(name="traceability.find_duplicates")
def find_duplicates() -> None:
    """Put the pairs among the newest records on the list."""
    now = clock.now()
    duplicates.find_duplicates(by=platform_actor(), since=now - LOOKS_BACK, at=now)


app.add_periodic_task(
    EVERY_SECONDS, find_duplicates.s(), name="find_duplicates", expires=EVERY_SECONDS
)
