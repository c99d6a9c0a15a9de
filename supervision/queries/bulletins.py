"""The bulletins that were made, and the thresholds and targets they were made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Sector
from enterprises.roles import Permission
from shilian import clock
from supervision.metrics import BY_CODE
from supervision.metrics.base import ratio
from supervision.models import (
    PROVINCE_PATH,
    Bulletin,
    BulletinComment,
    IndicatorParameter,
    IndicatorTarget,
)
from supervision.queries import bulletin_area
from supervision.queries.dashboard import RAISED_TOTAL
from supervision.queries.indicators import HUNDRED, percent_text, rounded
from supervision.queries.parameters import parameters_in_force
from supervision.rules.bulletins import due_on
from supervision.rules.months import publish_by
from supervision.rules.register import last_day


@dataclass(frozen=True, slots=True)
class FrozenValue:
    """One indicator as it was frozen, ready to be printed."""

    code: str
    name: str
    numerator: int
    denominator: int
    rate_text: str
    change_text: str
    target_text: str
    meets_target: bool | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """The province, a city, a county or a link of a bulletin.

    ``division_code`` is empty for the whole province, ``sector`` for every link.
    """

    division_code: str
    sector: str
    name: str
    is_raised: bool
    operator_count: int
    record_count: int
    values: list[FrozenValue]
    context: list[FrozenValue]


@dataclass(frozen=True, slots=True)
class BulletinPage:
    """A bulletin as its page prints it, from the frozen figures and nothing else.

    ``divisions`` are those directly below the area, ``lower`` those below them, each with what they
    are called; ``raised_total`` sums up the province's demonstration and creating cities.
    """

    bulletin: Bulletin
    frozen_at: datetime
    total: FrozenRow
    divisions: list[FrozenRow]
    divisions_name: str
    raised_total: FrozenRow | None
    lower: list[FrozenRow]
    lower_name: str
    sectors: list[FrozenRow]
    note: str


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A threshold or target with its basis; ``is_in_force`` on the day asked, or coming after it."""

    code: str
    name: str
    tier: str
    tier_name: str
    value_text: str
    basis: str
    effective_from: date
    effective_to: date | None
    reviewed_on: date
    is_in_force: bool
    is_coming: bool

    @property
    def is_latest(self) -> bool:
        """Whether nothing is set to follow it, so that it is the one to change."""
        return self.effective_to is None


def bulletins(actor: Actor) -> QuerySet[Bulletin]:
    """Every bulletin the actor may open. Raises: Forbidden but for officers. Cost: at most one query.

    Whoever writes an area's bulletins sees its drafts; the bureaus in it and above it see what is
    put before them for comments and what was issued.
    """
    actor.require(Permission.VIEW_DASHBOARD)
    return Bulletin.objects.filter(_visible(actor)).defer("figures")


def _visible(actor: Actor) -> Q:
    if actor.may(Permission.PREPARE_BULLETIN):
        return Q()
    below = Q(pk__in=[])
    for path in actor.scope.paths:
        below |= Q(area_path__startswith=path) & ~Q(area_path=PROVINCE_PATH)
    shown = (below | Q(area_path__in=bulletin_area.above(actor))) & Q(state__in=SHOWN)
    return below | shown if actor.may(Permission.DRAFT_AREA_BULLETIN) else shown


def concerns(actor: Actor, bulletin: Bulletin) -> bool:
    """Whether the bulletin is about an area that the actor lies in or answers for."""
    path = bulletin.area_path
    return path in bulletin_area.above(actor) or actor.scope.covers_path(path)


def find_bulletin(actor: Actor, bulletin_id: int) -> Bulletin:
    """Raises: Forbidden, OutOfScope when there is none that the actor may open."""
    bulletin = bulletins(actor).defer(None).filter(pk=bulletin_id).first()
    if bulletin is None:
        raise OutOfScope
    return bulletin


def find_comment(actor: Actor, bulletin: Bulletin, comment_id: int) -> BulletinComment:
    """Raises: OutOfScope when the bulletin has no such comment."""
    comment = bulletin.comments.filter(pk=comment_id).first()
    if comment is None:
        raise OutOfScope
    return comment


def comments_of(bulletin: Bulletin) -> list[BulletinComment]:
    """What was said, the earliest first. Cost: one query."""
    return list(bulletin.comments.order_by("made_at", "pk"))


def revisions_of(actor: Actor, bulletin: Bulletin) -> list[Bulletin]:
    """The other revisions that the actor may open, the newest first. Cost: at most two queries."""
    found = bulletins(actor).filter(area_path=bulletin.area_path, month=bulletin.month)
    return list(found.exclude(pk=bulletin.pk).order_by("-revision"))


def is_kept(bulletin_id: int) -> bool:
    """Whether the bulletin was not thrown away. Cost: one query."""
    return Bulletin.objects.filter(pk=bulletin_id).exists()


def bulletin_of(actor: Actor, month: date) -> Bulletin | None:
    """The newest revision of the province's month. Raises: Forbidden."""
    provincial = bulletins(actor).filter(month=month, area_path=PROVINCE_PATH)
    return provincial.order_by("-revision").first()


@dataclass(frozen=True, slots=True)
class DueBulletin:
    """The province's bulletin that is not issued yet; ``bulletin`` is None before it is drafted."""

    month: date
    due_on: date
    bulletin: Bulletin | None

    def is_late(self, today: date) -> bool:
        return today > self.due_on


def due_bulletin(actor: Actor, today: date) -> DueBulletin | None:
    """Last month's bulletin from the day it may be frozen until it is issued; None otherwise.

    It is due on the 5th, or on the first working day after it. Raises: Forbidden.
    Cost: at most two queries.
    """
    month = clock.previous_month(clock.month_of(today))
    parameters = parameters_in_force(last_day(month))
    if today.day < parameters.freeze_day:
        return None
    newest = bulletin_of(actor, month)
    if newest is not None and not newest.is_draft:
        return None
    return DueBulletin(month, due_on(publish_by(month, parameters)), newest)


def open_for_comments(actor: Actor, today: date) -> QuerySet[Bulletin]:
    """The bulletins of others that the actor may say something to today. Cost: at most one query."""
    found = bulletins(actor).filter(state=Bulletin.State.COMMENTING, comments_until__gte=today)
    return found.exclude(area_path__in=actor.scope.paths)


def bulletin_page(bulletin: Bulletin) -> BulletinPage:
    """What the bulletin's page prints. Cost: no query."""
    figures: Mapping[str, Any] = bulletin.figures
    area = figures.get("area", {})
    first, second = [key for key in TABLES if key in figures], ""
    if len(first) > 1:
        second = first[1]
    return BulletinPage(
        bulletin=bulletin,
        frozen_at=datetime.fromisoformat(figures["frozen_at"]),
        total=_row({"name": figures["province"], "code": area.get("code", "")} | figures["total"]),
        divisions=[_row(row) for row in figures[first[0]]],
        divisions_name=TABLES[first[0]],
        raised_total=_raised_total(figures.get("cities", ())),
        lower=[_row(row) for row in figures.get(second, ())],
        lower_name=TABLES.get(second, ""),
        sectors=[_row(row) for row in figures["sectors"]],
        note=figures.get("note") or "",
    )


# The ranked tables by their key in the figures, the highest level first.
TABLES = {"cities": "市", "counties": "县（市、区）", "townships": "乡镇（街道）"}
# What bureaus other than the writer's may open.
SHOWN = (Bulletin.State.COMMENTING, Bulletin.State.PUBLISHED)
# A frozen link has only its name.
_SECTORS = {str(sector.label): sector.value for sector in Sector}


def _row(row: Mapping[str, Any]) -> FrozenRow:
    ranks = row.get("ranks", {})
    return FrozenRow(
        division_code=row.get("code", ""),
        sector=_SECTORS.get(row["name"], ""),
        name=row["name"],
        is_raised=row.get("is_raised", False),
        operator_count=row["operator_count"],
        record_count=row["record_count"],
        values=[
            # Stored JSON keeps no order of its own; the indicators' declared order is the page's.
            _value(code, row["values"][code], ranks.get(code))
            for code, indicator in BY_CODE.items()
            if indicator.is_ranked
        ],
        context=[
            _value(code, row["values"][code], None)
            for code, indicator in BY_CODE.items()
            if not indicator.is_ranked and code in row["values"]
        ],
    )


def _raised_total(cities: Sequence[Mapping[str, Any]]) -> FrozenRow | None:
    """Σ over the frozen cities with higher targets; a sum of what was frozen has no change."""
    raised = [row for row in cities if row["is_raised"]]
    if not raised:
        return None
    values = {
        code: _summed([row["values"][code] for row in raised]) for code in raised[0]["values"]
    }
    counts = {name: sum(row[name] for row in raised) for name in ("operator_count", "record_count")}
    return _row({"name": RAISED_TOTAL, "is_raised": True, "values": values} | counts)


def _summed(values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    over, under = (sum(each[side] for each in values) for side in ("numerator", "denominator"))
    rate, target = ratio(over, under), _decimal(values[0]["target"])
    return {
        "numerator": over,
        "denominator": under,
        "rate": None if rate is None else str(rate),
        "change_pp": None,
        "target": values[0]["target"],
        "meets_target": None if rate is None or target is None else rate >= target,
    }


def _value(code: str, value: Mapping[str, Any], rank: int | None) -> FrozenValue:
    change, target = _decimal(value["change_pp"]), _decimal(value["target"])
    return FrozenValue(
        code=code,
        name=BY_CODE[code].name,
        numerator=value["numerator"],
        denominator=value["denominator"],
        rate_text=percent_text(_decimal(value["rate"])),
        change_text="—" if change is None else f"{rounded(change):+.2f}",
        target_text="—" if target is None else f"{(target * HUNDRED).normalize():f}%",
        meets_target=value["meets_target"],
        rank=rank,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def thresholds(actor: Actor, on: date) -> list[DatedRule]:
    """Every threshold of the formulas, past and present. Raises: Forbidden."""
    actor.require(Permission.PREPARE_BULLETIN)
    return [
        DatedRule(
            code=row.code,
            name=row.name,
            tier="",
            tier_name="",
            value_text=f"{row.value.normalize():f} {row.unit}".strip(),
            basis=row.legal_basis,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            reviewed_on=row.reviewed_on,
            is_in_force=_in_force(row, on),
            is_coming=row.effective_from > on,
        )
        for row in IndicatorParameter.objects.order_by("code", "-effective_from")
    ]


def targets(actor: Actor, on: date) -> list[DatedRule]:
    """Every target, past and present. Raises: Forbidden."""
    actor.require(Permission.PREPARE_BULLETIN)
    return [
        DatedRule(
            code=row.indicator,
            name=BY_CODE[row.indicator].name,
            tier=row.tier,
            tier_name=row.get_tier_display(),
            value_text=f"{row.value_percent.normalize():f}%",
            basis=row.legal_basis,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            reviewed_on=row.reviewed_on,
            is_in_force=_in_force(row, on),
            is_coming=row.effective_from > on,
        )
        for row in IndicatorTarget.objects.order_by("indicator", "tier", "-effective_from")
    ]


def find_rule(actor: Actor, code: str, tier: str, on: date) -> DatedRule:
    """The latest value of a threshold, or of a target when a tier is named.

    Raises: Forbidden, OutOfScope when there is none.
    """
    rules = targets(actor, on) if tier else thresholds(actor, on)
    for rule in rules:
        if rule.code == code and rule.tier == tier and rule.is_latest:
            return rule
    raise OutOfScope


def _in_force(row: IndicatorParameter | IndicatorTarget, on: date) -> bool:
    return row.effective_from <= on and (row.effective_to is None or row.effective_to >= on)
