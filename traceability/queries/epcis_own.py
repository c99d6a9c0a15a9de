"""An operator's own records as the sources of EPCIS events: found by a query, told with all facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.clock import business_day
from traceability.epcis import render
from traceability.epcis.documents import Event
from traceability.epcis.identifiers import CANONICAL, read
from traceability.epcis.params import Query
from traceability.epcis.render import Goods, Handover, Making, RecordKind, Who
from traceability.models import (
    Batch,
    BatchOrigin,
    EpcisEvent,
    Link,
    OperatorNumber,
    Package,
    Product,
    Purchase,
    RunOutput,
    Sale,
)
from traceability.queries.epcis_books import spellings_of
from traceability.rules.codes import public_code, read_code

DAYS = {"purchase": "purchased_on", "sale": "sold_on", "batch": "received_on"}
OWN_WORK = (
    BatchOrigin.MADE,
    BatchOrigin.GROWN,
    BatchOrigin.REPACKED,
    BatchOrigin.PACKED,
)
STEPS = {
    "purchase": {"receiving"},
    "sale": {"shipping"},
    "batch": {"commissioning", "repackaging", "packing"},
}
TYPES = {
    "purchase": {"ObjectEvent"},
    "sale": {"ObjectEvent"},
    "batch": {"ObjectEvent", "TransformationEvent", "AggregationEvent"},
}
ACTIONS = {"purchase": {"OBSERVE"}, "sale": {"OBSERVE"}, "batch": {"ADD"}}
PARTIES = "/epcis/v2/parties/"


@dataclass(frozen=True, slots=True)
class Told:
    """One record with its event; ``moment`` is when the event happened."""

    id: int
    moment: datetime
    recorded_at: datetime
    event: Event


def namespace() -> str:
    return f"{settings.SITE_ADDRESS}/epcis/ns#"


def kinds_for(query: Query) -> list[RecordKind]:
    """The kinds of record that can be among the results at all."""
    if query.is_error or query.error_reasons or query.extensions:
        return []
    return [
        kind
        for kind in render.KINDS
        if (not query.event_types or TYPES[kind] & set(query.event_types))
        and (not query.biz_steps or STEPS[kind] & set(query.biz_steps))
        and (not query.actions or ACTIONS[kind] & set(query.actions))
    ]


def rows_for(actor: Actor, kind: RecordKind, query: Query) -> QuerySet[Any]:
    """The current records of the kind that the actor sees and the query may mean.

    Narrower than everything and never too narrow: the events themselves are compared afterwards.
    """
    rows: QuerySet[Any] = _MODELS[kind].objects.visible_to(actor).current()  # type: ignore[attr-defined]
    if kind == "batch":
        rows = rows.filter(origin_kind__in=OWN_WORK)
    rows = rows.filter(_days(kind, query))
    if query.from_record_time:
        rows = rows.filter(recorded_at__gte=query.from_record_time)
    if query.to_record_time:
        rows = rows.filter(recorded_at__lt=query.to_record_time)
    if query.event_ids:
        known = [found for each in query.event_ids if (found := render.record_of(each))]
        rows = rows.filter(pk__in=[id_ for of, id_ in known if of == kind])
    places = (*query.read_points, *query.biz_locations)
    if places:
        rows = rows.filter(operator_id__in=_operators_at(places))
    for wanted in (*query.keys, *query.patterns):
        rows = _with_goods(rows, kind, wanted)
    return rows


_MODELS: dict[RecordKind, Any] = {"purchase": Purchase, "sale": Sale, "batch": Batch}


def _days(kind: RecordKind, query: Query) -> Q:
    wanted, day = Q(), timedelta(days=1)
    if query.from_event_time:
        wanted &= Q(**{f"{DAYS[kind]}__gte": business_day(query.from_event_time) - day})
    if query.to_event_time:
        wanted &= Q(**{f"{DAYS[kind]}__lte": business_day(query.to_event_time) + day})
    return wanted


def _operators_at(places: Iterable[str]) -> list[int]:
    """The operators whose place one of the addresses is. Cost: two queries."""
    keys = [key for place in places if place.startswith(CANONICAL) and (key := read(place))]
    codes = [place.rsplit("/", 1)[1] for place in places if PARTIES in place]
    by_gln = OperatorNumber.objects.filter(gln__in=[key.value for key in keys])
    by_code = Operator.objects.filter(credit_code__in=codes)
    return [*by_gln.values_list("operator_id", flat=True), *by_code.values_list("pk", flat=True)]


def _with_goods(rows: QuerySet[Any], kind: RecordKind, wanted: Iterable[str]) -> QuerySet[Any]:
    """Only records whose goods, box or partner one of the keys names."""
    gtins: set[str] = set()
    batches: set[int] = set()
    boxes: set[str] = set()
    is_party = False
    for key in wanted:
        role, _, uri = key.partition(":")
        is_party |= role in "sd"
        found = read(uri.rstrip("/")) if uri.startswith(CANONICAL) else None
        if found is not None and found.scheme in ("gtin", "lgtin"):
            gtins |= set(spellings_of(found.value))
        elif found is not None and found.scheme == "sscc":
            boxes.add(found.value)
        elif (content := read_code(uri)) is not None:
            batches.add(content.batch_id)
    if is_party:
        return rows
    batches |= set(Package.objects.filter(sscc__in=boxes).values_list("batch_id", flat=True))
    products = Product.objects.filter(gtin__in=gtins).values("pk")
    own = Q(pk__in=batches) if kind == "batch" else Q(batch_id__in=batches)
    if kind != "batch":
        return rows.filter(own | Q(product_id__in=products))
    # What went into a batch is named by its event as well.
    inputs = Batch.objects.filter(Q(pk__in=batches) | Q(product_id__in=products)).values("pk")
    into = Link.objects.filter(parent_id__in=inputs).values("child_id")
    return rows.filter(own | Q(product_id__in=products) | Q(pk__in=into))


def tell(kind: RecordKind, rows: Sequence[Any]) -> list[Told]:
    """The events of the records, without those that were captured as events.

    Cost: at most eleven queries, whatever the number of records.
    """
    rows = _not_captured(kind, rows)
    if not rows:
        return []
    return _makings(rows) if kind == "batch" else _handovers(kind, rows)


def _not_captured(kind: RecordKind, rows: Sequence[Any]) -> list[Any]:
    ids = [row.pk for row in rows]
    if not ids:
        return []
    events = EpcisEvent.objects.filter(is_error=False)
    known = set(
        events.filter(record_kind=kind, record_id__in=ids).values_list("record_id", flat=True)
    )
    # An event of several lots names the records behind its first only beside their batches.
    batches = {row.pk if kind == "batch" else row.batch_id for row in rows}
    several = events.filter(
        record_kind=kind, record_id__isnull=False, batch_ids__overlap=list(batches)
    ).exclude(more_record_ids=[])
    for more in several.values_list("more_record_ids", flat=True):
        known.update(more)
    if kind == "batch":
        runs = dict(RunOutput.objects.filter(batch_id__in=ids).values_list("batch_id", "run_id"))
        told = events.filter(record_kind="run", record_id__in=set(runs.values()))
        of_events = set(told.values_list("record_id", flat=True))
        known |= {batch_id for batch_id, run_id in runs.items() if run_id in of_events}
    return [row for row in rows if row.pk not in known]


def _handovers(kind: RecordKind, rows: Sequence[Any]) -> list[Told]:
    batches = Batch.objects.in_bulk({row.batch_id for row in rows})
    goods = _goods(batches.values())
    others = {row.pk: _other(kind, row) for row in rows}
    people = _people(
        {row.operator_id for row in rows} | {id_ for id_, _, _ in others.values() if id_}
    )
    told = []
    for row in rows:
        id_, code, partner = others[row.pk]
        other = people.get(id_ or 0) or Who("", _party_address(code or f"-{partner}"))
        record = Handover(
            kind=kind,
            id=row.pk,
            day=getattr(row, DAYS[kind]),
            recorded_at=row.recorded_at,
            holder=people[row.operator_id],
            other=other,
            goods=goods[row.batch_id],
            quantity=row.quantity,
            voucher=row.voucher_number,
        )
        told.append(_told(record, render.handover_event(record)))
    return told


def _other(kind: RecordKind, row: Any) -> tuple[int | None, str, int | None]:
    """The other party: who it is on the register, its credit code, its place in the address book."""
    if kind == "sale":
        return row.buyer_operator_id, row.buyer_credit_code, row.partner_id
    return row.supplier_operator_id, row.supplier_credit_code, row.partner_id


def _makings(rows: Sequence[Batch]) -> list[Told]:
    links: dict[int, list[Link]] = {}
    for link in Link.objects.filter(child_id__in=[row.pk for row in rows]).order_by("parent_id"):
        links.setdefault(link.child_id, []).append(link)
    parents = {link.parent_id for some in links.values() for link in some}
    known = Batch.objects.in_bulk(parents)
    goods = _goods([*rows, *known.values()])
    people = _people({row.operator_id for row in rows})
    told = []
    for row in rows:
        record = Making(
            id=row.pk,
            day=row.received_on,
            recorded_at=row.recorded_at,
            holder=people[row.operator_id],
            goods=goods[row.pk],
            quantity=row.quantity,
            origin=row.origin_kind,
            inputs=tuple(
                (goods[link.parent_id], link.quantity)
                for link in links.get(row.pk, ())
                if link.parent_id in goods
            ),
        )
        told.append(_told(record, render.making_event(record)))
    return told


def _told(record: Handover | Making, event: Event) -> Told:
    return Told(record.id, day_begin(record.day), record.recorded_at, event)


def day_begin(day: date) -> datetime:
    """When an event of that day happened, as far as a record knows."""
    return datetime.fromisoformat(f"{day.isoformat()}T00:00:00{render.OFFSET}")


def _goods(batches: Iterable[Batch]) -> dict[int, Goods]:
    """The batches as events name them. Cost: two queries."""
    rows = {batch.pk: batch for batch in batches}
    products = Product.objects.filter(pk__in={batch.product_id for batch in rows.values()})
    gtins = dict(products.exclude(gtin="").values_list("pk", "gtin"))
    numbers = dict(
        Package.objects.filter(batch_id__in=rows, is_void=False).values_list("batch_id", "sscc")
    )
    return {
        id_: Goods(
            name=batch.name,
            gtin=gtins.get(batch.product_id, ""),
            lot=batch.batch_number,
            address=f"{settings.SITE_ADDRESS}/q/{public_code(id_, batch.token_salt)}",
            unit=batch.unit,
            sscc=numbers.get(id_, ""),
            produced_on=batch.produced_on,
            expires_on=batch.expires_on,
        )
        for id_, batch in rows.items()
    }


def _people(ids: Collection[int]) -> dict[int, Who]:
    """The operators as events name them. Cost: two queries."""
    numbers = OperatorNumber.objects.filter(operator_id__in=ids).order_by("-gln")
    glns = dict(numbers.values_list("operator_id", "gln"))
    codes = Operator.objects.filter(pk__in=ids).values_list("pk", "credit_code")
    return {pk: Who(glns.get(pk, ""), _party_address(code)) for pk, code in codes}


def _party_address(name: str) -> str:
    return f"{settings.SITE_ADDRESS}{PARTIES}{name}"
