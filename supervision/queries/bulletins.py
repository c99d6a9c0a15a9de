"""The bulletins that were made, and the thresholds and targets they were made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Sector
from enterprises.roles import Permission
from supervision.metrics import BY_CODE
from supervision.models import Bulletin, IndicatorParameter, IndicatorTarget
from supervision.queries.indicators import HUNDRED, percent_text, rounded


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


@dataclass(frozen=True, slots=True)
class BulletinPage:
    """A bulletin as its page prints it, from the frozen figures and nothing else."""

    bulletin: Bulletin
    frozen_at: datetime
    total: FrozenRow
    cities: list[FrozenRow]
    sectors: list[FrozenRow]
    note: str


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A threshold or target with its basis; ``is_in_force`` on the day asked."""

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

    @property
    def is_latest(self) -> bool:
        """Whether nothing is set to follow it, so that it is the one to change."""
        return self.effective_to is None


def bulletins(actor: Actor) -> QuerySet[Bulletin]:
    """Every bulletin, for those who prepare them. Raises: Forbidden."""
    actor.require(Permission.PREPARE_BULLETIN)
    return Bulletin.objects.defer("figures")


def find_bulletin(actor: Actor, bulletin_id: int) -> Bulletin:
    """Raises: Forbidden, OutOfScope when there is none."""
    actor.require(Permission.PREPARE_BULLETIN)
    bulletin = Bulletin.objects.filter(pk=bulletin_id).first()
    if bulletin is None:
        raise OutOfScope
    return bulletin


def is_kept(bulletin_id: int) -> bool:
    """Whether the bulletin was not thrown away. Cost: one query."""
    return Bulletin.objects.filter(pk=bulletin_id).exists()


def bulletin_of(actor: Actor, month: date) -> Bulletin | None:
    """The month's newest revision. Raises: Forbidden."""
    return bulletins(actor).filter(month=month).order_by("-revision").first()


def bulletin_page(bulletin: Bulletin) -> BulletinPage:
    """What the bulletin's page prints. Cost: no query."""
    figures: Mapping[str, Any] = bulletin.figures
    return BulletinPage(
        bulletin=bulletin,
        frozen_at=datetime.fromisoformat(figures["frozen_at"]),
        total=_row({"name": figures["province"]} | figures["total"]),
        cities=[_row(row) for row in figures["cities"]],
        sectors=[_row(row) for row in figures["sectors"]],
        note=figures.get("note") or "",
    )


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
    )


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
