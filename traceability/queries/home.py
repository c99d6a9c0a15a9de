"""What an operator sees first: what waits, what lapses, what was done today and this month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from enterprises.models import Licence, Operator
from shilian.clock import start_of
from shilian.db.ids import lower_bound
from traceability.models import (
    Batch,
    BatchOrigin,
    EvidenceDocument,
    IncomingDraft,
    Partner,
    Purchase,
    RecordState,
    Sale,
)
from traceability.queries import completeness

# A paper is mentioned this long before it lapses, and until this long after.
DAYS_AHEAD = 30
DAYS_AFTER = 60
PAPERS_SHOWN = 20
COUNTED = 100


@dataclass(frozen=True, slots=True)
class LapsingPaper:
    """A licence or other paper that lapses soon or has lapsed; ``owner`` is whose it is."""

    title: str
    owner: str
    valid_until: date
    is_expired: bool


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """``waiting_count`` stops at a hundred; ``completeness`` is a ratio, None without records."""

    waiting_count: int
    papers: tuple[LapsingPaper, ...]
    today_count: int
    month: date
    month_total: int
    incomplete_count: int
    completeness: float | None


def home_figures(operator: Operator, today: date) -> HomeFigures:
    """The figures of the operator's first page. Cost: eight queries, each of few rows."""
    month = completeness.month_completeness(operator, today)
    waiting = IncomingDraft.objects.filter(operator=operator).waiting().values_list("pk")
    return HomeFigures(
        waiting_count=len(waiting[:COUNTED]),
        papers=lapsing_papers(operator, today),
        today_count=recorded_today(operator, today),
        month=month.month,
        month_total=month.total,
        incomplete_count=month.incomplete_count,
        completeness=month.ratio,
    )


def recorded_today(operator: Operator, today: date) -> int:
    """Purchases and sales recorded, and batches made or grown, since midnight. Cost: three queries."""
    since = lower_bound(start_of(today))
    own = {"operator": operator, "pk__gte": since, "state": RecordState.CURRENT}
    made = Batch.objects.filter(**own).exclude(origin_kind=BatchOrigin.PURCHASED)
    rows = (Purchase.objects.filter(**own), Sale.objects.filter(**own), made)
    return sum(each.count() for each in rows)


def lapsing_papers(operator: Operator, today: date) -> tuple[LapsingPaper, ...]:
    """Own licences, kept papers and suppliers' licences, the earliest first. Cost: three queries."""
    start, end = today - timedelta(days=DAYS_AFTER), today + timedelta(days=DAYS_AHEAD)
    between = {"valid_until__gte": start, "valid_until__lte": end}
    own = Licence.objects.unrenewed().filter(operator=operator, **between)
    kept = EvidenceDocument.objects.filter(operator=operator, is_retired=False, **between)
    partners = (
        Partner.objects.filter(operator=operator)
        .suppliers()
        .filter(licence_valid_until__gte=start, licence_valid_until__lte=end)
    )
    found = chain(
        ((str(row.get_kind_display()), "本店", row.valid_until) for row in own[:PAPERS_SHOWN]),
        (
            (str(row), row.partner.name if row.partner else "本店", row.valid_until)
            for row in kept.select_related("partner").order_by("valid_until")[:PAPERS_SHOWN]
        ),
        (
            ("供货者许可证", row.name, row.licence_valid_until)
            for row in partners.order_by("licence_valid_until")[:PAPERS_SHOWN]
        ),
    )
    papers = [
        LapsingPaper(title, owner, until, until < today)
        for title, owner, until in found
        if until is not None
    ]
    return tuple(sorted(papers, key=lambda paper: paper.valid_until)[:PAPERS_SHOWN])
