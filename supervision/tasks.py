"""What the workers do for the numbers; every task may run twice."""

from __future__ import annotations

from celery import shared_task
from celery.schedules import crontab

from enterprises.actor import platform_actor
from shilian import clock
from shilian.celery import app
from supervision.operations import bulletins
from supervision.rollups import channels, day_end
from supervision.rollups.fill import fill_all, follow_register

# Shorter than the interval, so that a lagging filler does not queue up behind itself.
SECONDS = 15.0


@shared_task(name="supervision.fill_numbers")
def fill_numbers() -> None:
    """Bring the numbers up to what is committed."""
    fill_all(at=clock.now(), seconds=SECONDS)


@shared_task(name="supervision.follow_register")
def follow() -> None:
    """Let the current month follow the register: new operators, activations, closures, moves."""
    follow_register(at=clock.now(), month=clock.month_of(clock.today()))


@shared_task(name="supervision.mark_day")
def mark_day() -> None:
    """Look again at what the passing of a day changes."""
    day_end.mark_day(at=clock.now())


@shared_task(name="supervision.freeze_due_month")
def freeze_due_month() -> None:
    """Let last month's numbers rest from the day the province has set; a job does the work."""
    bulletins.freeze_when_due(by=platform_actor(), at=clock.now())


@shared_task(name="supervision.count_channels")
def count_channels() -> None:
    """Count the records of this month and the last by channel."""
    channels.count_recent(at=clock.now())


app.add_periodic_task(20.0, fill_numbers.s(), name="fill_numbers", expires=20)
app.add_periodic_task(60.0, follow.s(), name="follow_register", expires=60)
# The register as it stands in the month's last minutes is the month's denominator.
app.add_periodic_task(crontab(hour=23, minute=55), mark_day.s(), name="mark_day_end")
app.add_periodic_task(crontab(hour=0, minute=10), mark_day.s(), name="mark_day_begin")
# Hourly, so that a night without a worker delays it by little.
app.add_periodic_task(crontab(minute=1), freeze_due_month.s(), name="freeze_due_month")
# At night: it reads every record of two months.
app.add_periodic_task(crontab(hour=2, minute=20), count_channels.s(), name="count_channels")
