"""What the workers of this app do when they are rung."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from celery.schedules import crontab

from enterprises.actor import platform_actor
from enterprises.operations import (
    api_requests,
    exports,
    jobs,
    rate_limits,
    system_alerts,
    verification,
)
from enterprises.queries.export_files import KEPT_FOR
from shilian import checkup, clock
from shilian.celery import app
from shilian.db import partitions

# Longer than the slowest bucket takes to fill.
FORGET_AFTER = timedelta(days=2)


@shared_task(name=jobs.RING)
def ring(*, job_id: int) -> None:
    """Work on the job for one slice, if it is still there to be worked on."""
    jobs.run_slice(job_id, at=clock.now())


@shared_task(name="enterprises.sweep")
def sweep() -> None:
    """Ring again for jobs whose ring or worker was lost."""
    jobs.sweep(at=clock.now())


@shared_task(name="enterprises.heartbeat")
def heartbeat() -> None:
    checkup.beat()


@shared_task(name="enterprises.roll_partitions")
def roll_partitions() -> None:
    """Make the coming months of the record tables."""
    until = clock.add_months(clock.today(), partitions.MONTHS_AHEAD)
    partitions.ensure_partitions("owner", until)


@shared_task(name="enterprises.forget_codes")
def forget_codes() -> None:
    """Delete buckets that are full again and codes that nobody can use any more."""
    before = clock.now() - FORGET_AFTER
    rate_limits.forget_full(before=before)
    api_requests.forget_answers(before=clock.now() - api_requests.ANSWERS_KEPT)
    verification.forget_codes(before=before)


@shared_task(name="enterprises.forget_nonces")
def forget_nonces() -> None:
    """Delete the nonces of signed requests that are too old to be accepted again."""
    api_requests.forget_nonces(before=clock.now())


@shared_task(name="enterprises.clear_exports")
def clear_exports() -> None:
    """Delete the exported lists whose time is over."""
    exports.clear_files(before=clock.now() - KEPT_FOR)


@shared_task(name="enterprises.watch_systems")
def watch_systems() -> None:
    """Alert the owners and bureaus of systems that missed three due days in a row."""
    system_alerts.watch_silence(by=platform_actor(), at=clock.now())


# A bell nobody answered in time is dropped: the next one says the same.
app.add_periodic_task(30.0, sweep.s(), name="sweep", expires=30)
app.add_periodic_task(20.0, heartbeat.s(), name="heartbeat", expires=20)
app.add_periodic_task(300.0, forget_nonces.s(), name="forget_nonces", expires=300)
app.add_periodic_task(crontab(hour=3, minute=10), roll_partitions.s(), name="roll_partitions")
app.add_periodic_task(crontab(hour=3, minute=40), forget_codes.s(), name="forget_codes")
app.add_periodic_task(crontab(minute=20), clear_exports.s(), name="clear_exports")
# Before the working day, so that whoever is to call finds the alert.
app.add_periodic_task(crontab(hour=6, minute=30), watch_systems.s(), name="watch_systems")
