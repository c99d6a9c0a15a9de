"""What the workers do for the numbers; every task may run twice."""

from __future__ import annotations

from celery import shared_task
from celery.schedules import crontab

from enterprises.actor import platform_actor
from shilian import clock
from shilian.celery import app
from supervision.fabrication import score
from supervision.operations import bulletin_issue, bulletins
from supervision.queries.bulletins import due_bulletin
from supervision.radar import run as radar
from supervision.rollups import channels, classes, day_end, licences
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
    """From the day the province has set, freeze last month and draft its bulletin, by a job."""
    bulletins.draft_when_due(by=platform_actor(), at=clock.now())


@shared_task(name="supervision.remind_of_bulletin")
def remind_of_bulletin() -> None:
    """Write each day that last month's bulletin waits to be issued, until it is."""
    today = clock.today()
    if waiting := due_bulletin(platform_actor(), today):
        bulletin_issue.remind_of_bulletin(
            by=platform_actor(), month=waiting.month, day=today, at=clock.now()
        )


@shared_task(name="supervision.count_channels")
def count_channels() -> None:
    """Count the records of this month and the last by channel."""
    channels.count_recent(at=clock.now())


@shared_task(name="supervision.look_at_changed")
def look_at_changed() -> None:
    """Let the radar look at the operators whose numbers changed."""
    radar.look_at_changed(at=clock.now(), seconds=SECONDS)


@shared_task(name="supervision.look_at_all")
def look_at_all() -> None:
    """Let each rule of the radar look at the whole register once a day; cut short, it goes on."""
    for _ in radar.look_at_all(at=clock.now()):
        continue


@shared_task(name="supervision.score_months")
def score_months() -> None:
    """Score this month and the last, once a day, where records look made up."""
    score.score_recent(at=clock.now())


@shared_task(name="supervision.count_licences")
def count_licences() -> None:
    """Count the operators of this month and the last whose licences are valid."""
    licences.count_recent(at=clock.now())


@shared_task(name="supervision.count_classes")
def count_classes() -> None:
    """Count the operators of this month and the last by class of goods."""
    classes.count_recent(at=clock.now())


app.add_periodic_task(20.0, fill_numbers.s(), name="fill_numbers", expires=20)
app.add_periodic_task(60.0, follow.s(), name="follow_register", expires=60)
# The register as it stands in the month's last minutes is the month's denominator.
app.add_periodic_task(crontab(hour=23, minute=55), mark_day.s(), name="mark_day_end")
app.add_periodic_task(crontab(hour=0, minute=10), mark_day.s(), name="mark_day_begin")
# Hourly, so that a night without a worker delays it by little.
app.add_periodic_task(crontab(minute=1), freeze_due_month.s(), name="freeze_due_month")
app.add_periodic_task(crontab(hour=8, minute=30), remind_of_bulletin.s(), name="remind_bulletin")
# At night: it reads every record of two months.
app.add_periodic_task(crontab(hour=2, minute=20), count_channels.s(), name="count_channels")
app.add_periodic_task(crontab(hour=2, minute=50), count_licences.s(), name="count_licences")
app.add_periodic_task(crontab(minute=35), count_classes.s(), name="count_classes")
app.add_periodic_task(180.0, look_at_changed.s(), name="look_at_changed", expires=180)
# Asked again in the hours after, which goes on where a night without a worker left off.
app.add_periodic_task(crontab(hour="3-23", minute=10), look_at_all.s(), name="look_at_all")
app.add_periodic_task(crontab(hour="4-23", minute=40), score_months.s(), name="score_months")
