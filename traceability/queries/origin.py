"""What anybody may read of a batch: the origin behind its public code.

One of the few unscoped readers: it returns nothing that is not public. Dealers between the maker
and the shelf appear only as their link of the chain and their county; no quantity, price, partner
or telephone number leaves this module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from enterprises.models import Sector
from traceability.graph.trace import Limits, Trace, trace
from traceability.models import Batch, BatchOrigin, FactoryInspection, LinkKind, RecordState
from traceability.queries import holds
from traceability.rules import origin as rules
from traceability.rules.holds import Stop

LIMITS = Limits(depth=12, nodes=500, links=500)
PLACES_SHOWN = 6
# Along these the goods stay the same; past a transformation they were something else.
JOINED = frozenset({LinkKind.MERGE, LinkKind.AGGREGATION})
SAME_GOODS = JOINED | {LinkKind.TRANSFER, LinkKind.SPLIT, LinkKind.REPACK, LinkKind.RETURN}
CHANGES_HANDS = frozenset({LinkKind.TRANSFER, LinkKind.RETURN})


@dataclass(frozen=True, slots=True)
class PublicInspection:
    result: str
    inspected_on: date
    certificate_number: str

    @property
    def is_passed(self) -> bool:
        return self.result == FactoryInspection.Result.PASSED


@dataclass(frozen=True, slots=True)
class Place:
    """One link of the chain in one county: 流通 济南市历下区."""

    sector: str
    county: str


@dataclass(frozen=True, slots=True)
class PathLevel:
    """The places at one distance from the code; ``more`` counts those not listed."""

    places: tuple[Place, ...]
    more: int = 0
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class PublicOrigin:
    """Everything the public page shows; ``path`` runs from the farthest source to the code."""

    batch_id: int
    name: str
    specification: str
    maker_name: str
    batch_number: str
    produced_on: date | None
    shelf_life: str
    expires_on: date | None
    origin_place: str
    is_farm_produce: bool
    is_voided: bool
    inspection: PublicInspection | None
    path: tuple[PathLevel, ...]
    is_path_cut: bool
    stop: Stop | None = None

    def verdict(self, today: date) -> rules.Verdict:
        return rules.verdict(
            is_voided=self.is_voided,
            inspection=self.inspection.result if self.inspection else "",
            expires_on=self.expires_on,
            today=today,
            stop=self.stop,
        )


def public_origin(batch_id: int, salt: int) -> PublicOrigin | None:
    """The public side of the batch; None when there is none with this id and salt.

    Cost: five queries; one more for what was merged or boxed, and one for what came back.
    """
    batch = Batch.objects.filter(pk=batch_id, token_salt=salt).first()
    if batch is None:
        return None
    found = trace([batch_id], "up", LIMITS)
    return PublicOrigin(
        batch_id=batch.pk,
        name=batch.name,
        specification=batch.specification,
        maker_name=rules.public_name(batch.maker_name),
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        shelf_life=batch.shelf_life,
        expires_on=batch.expires_on,
        origin_place=batch.origin_place,
        is_farm_produce=batch.is_farm_produce,
        is_voided=batch.state == RecordState.VOIDED,
        inspection=_inspection(batch_id, found),
        path=_path(found),
        is_path_cut=found.is_cut,
        stop=holds.stops_of([batch_id]).get(batch_id),
    )


def _same_goods(batch_id: int, found: Trace, but_not: Collection[int] = ()) -> set[int]:
    """The batch and those it came from unchanged, back to its making.

    ``but_not``: batches that a buyer sent back, beyond which nobody looks.
    """
    parents: dict[int, list[int]] = defaultdict(list)
    for step in found.steps:
        is_end = step.kind == LinkKind.RETURN and step.child_id in but_not
        if step.kind in SAME_GOODS and not is_end:
            parents[step.child_id].append(step.parent_id)
    reached, waiting = {batch_id}, [batch_id]
    while waiting:
        fresh = [parent for parent in parents[waiting.pop()] if parent not in reached]
        reached.update(fresh)
        waiting += fresh
    return reached


def _inspection(batch_id: int, found: Trace) -> PublicInspection | None:
    """The maker's latest inspection; a failed one is never hidden behind a passed one.

    Of goods put together from several batches, that one passed says nothing while another has not
    been inspected; neither does what passed before the goods came back to their maker.
    """
    anew = _back_at_maker(found)
    ids = _same_goods(batch_id, found, but_not=anew)
    rows = [
        row
        for row in _inspections(_same_goods(batch_id, found))
        if row[0] == FactoryInspection.Result.FAILED or row[3] in ids
    ]
    if not rows:
        return None
    first = PublicInspection(*rows[0][:3])
    is_joined = any(step.kind in JOINED for step in found.steps)
    if first.is_passed and is_joined and (_made(ids) | anew & ids) - {row[3] for row in rows}:
        return None
    return first


def _inspections(batch_ids: Collection[int]) -> list[tuple[str, date, str, int]]:
    """Those that failed first, and the latest first."""
    rows = FactoryInspection.objects.current().filter(batch_id__in=list(batch_ids))
    return sorted(
        rows.values_list("result", "inspected_on", "certificate_number", "batch_id"),
        key=lambda row: (row[0] != FactoryInspection.Result.FAILED, -row[1].toordinal()),
    )


def _back_at_maker(found: Trace) -> set[int]:
    """What buyers sent back to its maker, who inspects it anew before it is sold again."""
    back = [step.child_id for step in found.steps if step.kind == LinkKind.RETURN]
    rows = Batch.objects.filter(pk__in=back) if back else ()
    return {batch.pk for batch in rows if batch.is_own_made}


def _made(batch_ids: Iterable[int]) -> set[int]:
    made = Batch.objects.filter(pk__in=list(batch_ids), origin_kind=BatchOrigin.MADE)
    return set(made.values_list("pk", flat=True))


def _path(found: Trace) -> tuple[PathLevel, ...]:
    """The places by how many hands lie between; what one holder did to the goods is one place."""
    hands = _hands(found)
    levels: dict[int, dict[Place, None]] = defaultdict(dict)
    for batch_id, place in _places(found.hops):
        levels[hands[found.hops[batch_id]]][place] = None
    return tuple(_level(list(levels[hop]), hop) for hop in sorted(levels, reverse=True))


def _hands(found: Trace) -> dict[int, int]:
    """For each hop: how often the goods had changed hands when they came that far up."""
    moved = {found.hops[step.child_id] for step in found.steps if step.kind in CHANGES_HANDS}
    hands = {0: 0}
    for hop in range(1, max(found.hops.values()) + 1):
        hands[hop] = hands[hop - 1] + (hop - 1 in moved)
    return hands


def _places(batch_ids: Iterable[int]) -> Iterator[tuple[int, Place]]:
    """Each batch with its holder's link of the chain and county; county names repeat, so with city."""
    rows = Batch.objects.filter(pk__in=list(batch_ids)).values_list(
        "pk", "operator__sector", "operator__county__name", "operator__county__parent__name"
    )
    for pk, sector, county, city in rows:
        yield pk, Place(str(Sector(sector).label), f"{city or ''}{county}")


def _level(places: list[Place], hop: int) -> PathLevel:
    ordered = sorted(places, key=lambda place: (place.county, place.sector))
    return PathLevel(
        places=tuple(ordered[:PLACES_SHOWN]),
        more=max(0, len(ordered) - PLACES_SHOWN),
        is_here=hop == 0,
    )
