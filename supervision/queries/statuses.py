"""Which cities are demonstration or creating cities, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Q, Subquery

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division
from enterprises.roles import Permission
from supervision.models import CityStatus

Status = CityStatus.Status


@dataclass(frozen=True, slots=True)
class DatedStatus:
    """What one city is from a month on; ``since`` is None for what was loaded with the divisions."""

    city: str
    code: str
    name: str
    is_raised: bool
    since: date | None
    until: date | None
    basis: str
    reviewed_on: date | None
    is_in_force: bool
    is_coming: bool = False


def raised_cities(on: date) -> frozenset[str]:
    """Codes of the cities with higher targets on the day. Cost: one query.

    A city without a dated row is what the table of divisions said.
    """
    dated = CityStatus.objects.in_force(on).filter(city=OuterRef("pk")).values("status")[:1]
    loaded = Q(status=None) & (Q(is_demonstration=True) | Q(is_creating=True))
    cities = Division.objects.cities().alias(status=Subquery(dated))
    raised = cities.filter(Q(status__in=CityStatus.RAISED) | loaded)
    return frozenset(raised.values_list("code", flat=True))


def loaded_status(city: Division) -> Status:
    """What the table of divisions said when it was loaded."""
    if city.is_demonstration:
        return Status.DEMONSTRATION
    return Status.CREATING if city.is_creating else Status.NONE


def list_statuses(actor: Actor, on: date) -> list[DatedStatus]:
    """Every city's statuses by city, the newest first. Raises: Forbidden. Cost: two queries."""
    actor.require(Permission.PREPARE_BULLETIN)
    dated: dict[int, list[CityStatus]] = {}
    for row in CityStatus.objects.order_by("-effective_from"):
        dated.setdefault(row.city_id, []).append(row)
    found = []
    for city in Division.objects.cities().order_by("code"):
        rows = dated.get(city.pk, [])
        found += [_dated(city, row, on) for row in rows]
        found.append(_loaded(city, rows[-1].effective_from if rows else None, on))
    return found


def list_cities() -> list[Division]:
    """Every city, for a choice. Cost: one query."""
    return list(Division.objects.cities().order_by("code"))


def find_city(code: str) -> Division:
    """Raises: OutOfScope when there is no such city. Cost: one query."""
    city = Division.objects.cities().filter(code=code).first()
    if city is None:
        raise OutOfScope
    return city


def _dated(city: Division, row: CityStatus, on: date) -> DatedStatus:
    is_over = row.effective_to is not None and row.effective_to < on
    return DatedStatus(
        city=city.name,
        code=city.code,
        name=row.get_status_display(),
        is_raised=row.status in CityStatus.RAISED,
        since=row.effective_from,
        until=row.effective_to,
        basis=row.legal_basis,
        reviewed_on=row.reviewed_on,
        is_in_force=row.effective_from <= on and not is_over,
        is_coming=row.effective_from > on,
    )


def _loaded(city: Division, followed_from: date | None, on: date) -> DatedStatus:
    status = loaded_status(city)
    return DatedStatus(
        city=city.name,
        code=city.code,
        name=str(status.label),
        is_raised=status in CityStatus.RAISED,
        since=None,
        until=followed_from - timedelta(days=1) if followed_from else None,
        basis="随区划表装入",
        reviewed_on=None,
        is_in_force=followed_from is None or on < followed_from,
    )
