"""What an operator sees first: what waits, what lapses, what was done today and this month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from django.db.models import Count, Value

from enterprises.models import Licence, Operator
from shilian.clock import start_of
from shilian.db.ids import lower_bound
from traceability.models import (
    Batch,
    BatchOrigin,
    Channel,
    DuplicateSuspect,
    EvidenceDocument,
    IncomingDraft,
    Partner,
    Purchase,
    RecordState,
    Sale,
)
from traceability.queries import completeness, stock_book

# A paper is mentioned this long before it lapses, and until this long after.
DAYS_AHEAD = 30
DAYS_AFTER = 60
PAPERS_SHOWN = 20
GOODS_SHOWN = 20
COUNTED = 100
# The doors through which records come by the hundred, with nobody typing them.
IMPORTING = (Channel.SHEET, Channel.API, Channel.MARKET, Channel.CANTEEN, Channel.NETWORK)


@dataclass(frozen=True, slots=True)
class LapsingPaper:
    """A licence or other paper that lapses soon or has lapsed; ``owner`` is whose it is."""

    title: str
    owner: str
    valid_until: date
    is_expired: bool


@dataclass(frozen=True, slots=True)
class LapsingGoods:
    """A batch on hand that is near its last day or past it."""

    batch_id: int
    name: str
    specification: str
    on_hand: Decimal
    unit: str
    expires_on: date
    is_expired: bool


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """``waiting_count`` and ``duplicate_count`` stop at a hundred; ``completeness`` is a ratio, None
    without records.

    ``today_count`` is what people recorded today; ``imported_count`` what a sheet or another
    system brought in today, perhaps of long ago.
    """

    waiting_count: int
    duplicate_count: int
    papers: tuple[LapsingPaper, ...]
    goods: tuple[LapsingGoods, ...]
    today_count: int
    imported_count: int
    month: date
    month_total: int
    month_purchases: int
    incomplete: dict[str, int]
    incomplete_count: int
    completeness: float | None


def home_figures(operator: Operator, today: date) -> HomeFigures:
    """The figures of the operator's first page. Cost: seven queries, each of few rows."""
    month = completeness.month_completeness(operator, today)
    waiting, duplicates = _waiting(operator)
    by_hand, imported = recorded_today(operator, today)
    return HomeFigures(
        waiting_count=waiting,
        duplicate_count=duplicates,
        papers=lapsing_papers(operator, today),
        goods=lapsing_goods(operator, today),
        today_count=by_hand,
        imported_count=imported,
        month=month.month,
        month_total=month.total,
        month_purchases=month.purchases,
        incomplete=month.incomplete,
        incomplete_count=month.incomplete_count,
        completeness=month.ratio,
    )


def _waiting(operator: Operator) -> tuple[int, int]:
    """How many goods wait to be taken in, and how many suspected duplicates to be decided.

    Each is counted up to a hundred. Cost: one query.
    """
    goods = IncomingDraft.objects.filter(operator=operator).waiting()
    pairs = DuplicateSuspect.objects.filter(operator=operator).waiting()
    asked = goods.order_by().values_list(Value(0))[:COUNTED]
    told = pairs.order_by().values_list(Value(1))[:COUNTED]
    found = Counter(place for (place,) in asked.union(told, all=True))
    return found[0], found[1]


def recorded_today(operator: Operator, today: date) -> tuple[int, int]:
    """What came in since midnight: recorded by people, and imported.

    Purchases, sales, and batches made or grown, which are never imported. Cost: one query.
    """
    since = lower_bound(start_of(today))
    own = {"operator": operator, "pk__gte": since, "state": RecordState.CURRENT}
    made = Batch.objects.filter(**own, origin_kind__in=[BatchOrigin.MADE, BatchOrigin.GROWN])
    bought, sold = (
        model.objects.filter(**own).values_list("channel").annotate(Count("pk")).order_by()
        for model in (Purchase, Sale)
    )
    produced = made.values_list(Value(Channel.FORM.value)).annotate(Count("pk")).order_by()
    by_channel: Counter[str] = Counter()
    for channel, count in bought.union(sold, produced, all=True):
        by_channel[channel] += count
    imported = sum(by_channel[channel] for channel in IMPORTING)
    return by_channel.total() - imported, imported


def lapsing_goods(operator: Operator, today: date) -> tuple[LapsingGoods, ...]:
    """What is on hand and near its last day or lately past it, the earliest first.

    Cost: one query; reads only batches that end about now.
    """
    since = today - timedelta(days=DAYS_AFTER)
    found = stock_book.lapsing_stock(operator, since=since, today=today, limit=GOODS_SHOWN)
    return tuple(
        LapsingGoods(
            row.batch_id,
            row.name,
            row.specification,
            row.on_hand,
            row.unit,
            row.expires_on,
            row.freshness(today) == "expired",
        )
        for row in found
        if row.expires_on is not None
    )


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
