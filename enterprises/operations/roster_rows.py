"""The rows of a roster against the register: read set-wise, inserted and changed set-wise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from enterprises.actor import Actor
from enterprises.models import Division, ImportRow, Licence, Operator, Standing, Station
from enterprises.operations import changes as register_changes
from enterprises.operations import operators
from enterprises.rules import pinyin, roster
from enterprises.rules.licences import LicenceDraft
from enterprises.rules.roster import Registered, RosterEntry
from shilian.clock import business_day
from shilian.problems import Problem

Stations = dict[tuple[int, str], int]
PLAIN_FIELDS = (
    "name",
    "sector",
    "kind",
    "address",
    "legal_person",
    "contact_name",
    "contact_phone",
    "is_wholesale",
)
WRITTEN_FIELDS = [
    *PLAIN_FIELDS,
    "pinyin",
    "division",
    "county",
    "division_path",
    "station",
    "standing",
    "standing_reason",
    "standing_since",
    "standing_approved_by",
]


def registered(by: Actor, codes: Sequence[str], *, lock: bool = False) -> dict[str, Registered]:
    """What the register says of the codes. Cost: two queries; with ``lock`` the rows are held."""
    wanted = Operator.objects.filter(credit_code__in={code for code in codes if code})
    if lock:
        wanted = wanted.select_for_update(of=("self",)).order_by("pk")
    held = list(wanted.select_related("station"))
    licences: dict[int, list[LicenceDraft]] = {}
    for row in Licence.objects.filter(operator__in=held):
        draft = LicenceDraft(row.number, row.kind, row.issued_on, row.valid_until)
        licences.setdefault(row.operator_id, []).append(draft)
    return {
        operator.credit_code: Registered(
            operator_id=operator.pk,
            values=_values(operator),
            licences=tuple(licences.get(operator.pk, ())),
            is_in_sight=by.sees(operator),
        )
        for operator in held
    }


def _values(operator: Operator) -> dict[str, Any]:
    plain = {name: getattr(operator, name) for name in PLAIN_FIELDS}
    return plain | {
        "division_id": operator.division_id,
        "station": operator.station.name if operator.station else None,
        "standing": operator.standing,
    }


def entry_of(row: ImportRow) -> RosterEntry:
    """The entry that was kept in the row."""
    problems = tuple(
        Problem(p["code"], p["field"], p["message"], row.row_no, p["severity"])
        for p in row.problems
    )
    values = {name: value for name, value in row.values.items() if name != "county_id"}
    return RosterEntry(row.row_no, row.raw, values, row.values.get("county_id"), problems)


def ensure_stations(entries: Sequence[RosterEntry]) -> Stations:
    """The ids of the stations that the rows name, made under their county when missing.

    Cost: two queries, and one more when some are new.
    """
    wanted = {
        (entry.county_id, str(entry.values["station"]))
        for entry in entries
        if entry.county_id and entry.values.get("station")
    }
    counties = {county for county, _ in wanted}
    known = _station_ids(counties)
    missing = sorted(wanted - set(known))
    if missing:
        last = dict(
            Station.objects.filter(county_id__in=counties)
            .values_list("county_id")
            .annotate(last=Max("pk"))
        )
        made = []
        for county, name in missing:
            last[county] = max(last.get(county, 0), county * 1000) + 1
            made.append(Station(id=last[county], name=name, county_id=county))
        Station.objects.bulk_create(made, ignore_conflicts=True)
        known = _station_ids(counties)
    return known


def _station_ids(counties: set[int]) -> Stations:
    rows = Station.objects.filter(county_id__in=counties).values_list("county_id", "name", "pk")
    return {(county, name): pk for county, name, pk in rows}


def _station_of(entry: RosterEntry, stations: Stations) -> int | None:
    return stations.get((entry.county_id or 0, str(entry.values.get("station") or "")))


def insert_new(
    by: Actor, entries: Sequence[RosterEntry], stations: Stations, at: datetime
) -> dict[int, int]:
    """Insert the new rows' operators; gives operator ids by row number."""
    if not entries:
        return {}
    drafts = []
    for entry in entries:
        suggested = roster.suggest_catering_class(entry.values["name"])
        values = {"catering_class": suggested, **entry.values}
        drafts.append(
            roster.draft_of(values, station_id=_station_of(entry, stations), row=entry.row_no)
        )
    facts = operators.roster_facts(drafts)
    operators.require_scope(by, facts, (draft.division_id for draft in drafts))
    made = operators.insert_operators(drafts, facts, by=by, at=at)
    return {entry.row_no: operator.pk for entry, operator in zip(entries, made, strict=True)}


def apply_changes(
    by: Actor,
    changed: Sequence[tuple[RosterEntry, Mapping[str, list[Any]], int]],
    stations: Stations,
    at: datetime,
) -> dict[int, int]:
    """Write the changed fields of operators that are locked already; ids by row number."""
    if not changed:
        return {}
    ids = [operator_id for _, _, operator_id in changed]
    held = Operator.objects.in_bulk(ids)
    paths = dict(
        Division.objects.filter(
            pk__in={entry.values.get("division_id") for entry, _, _ in changed}
        ).values_list("pk", "path")
    )
    licences: list[Licence] = []
    for entry, changes, operator_id in changed:
        operator = held[operator_id]
        _change(operator, entry, changes, paths, stations, by, at)
        if "licence" in changes:
            licences.append(_licence(operator, changes["licence"][1]))
    Operator.objects.bulk_update(held.values(), WRITTEN_FIELDS)
    register_changes.note_changes(ids)
    Licence.objects.bulk_create(
        licences,
        update_conflicts=True,
        unique_fields=["operator", "number"],
        update_fields=["kind", "issued_on", "valid_until"],
    )
    return {entry.row_no: operator_id for entry, _, operator_id in changed}


def _change(
    operator: Operator,
    entry: RosterEntry,
    changes: Mapping[str, list[Any]],
    paths: Mapping[int, str],
    stations: Stations,
    by: Actor,
    at: datetime,
) -> None:
    for name in PLAIN_FIELDS:
        if name in changes:
            setattr(operator, name, changes[name][1])
    operator.pinyin = pinyin.initials(operator.name)[:120]
    if "division_id" in changes:
        operator.division_id = changes["division_id"][1]
        operator.division_path = paths[operator.division_id]
        operator.county_id = int(operator.division_path.split("/")[3])
        # The old county's station does not answer for another county.
        operator.station_id = None
    if "station" in changes or "division_id" in changes:
        operator.station_id = _station_of(entry, stations) or operator.station_id
    if "standing" in changes:
        operator.standing = changes["standing"][1]
        is_counted = operator.standing == Standing.NORMAL
        operator.standing_reason = "" if is_counted else entry.values["standing_reason"]
        operator.standing_since = business_day(at)
        operator.standing_approved_by_id = by.person_id


def _licence(operator: Operator, values: Mapping[str, Any]) -> Licence:
    draft = roster.read_licence(values)
    if draft is None:
        raise ValueError(values)
    return Licence(
        operator=operator,
        kind=draft.kind,
        number=draft.number,
        issued_on=draft.issued_on,
        valid_until=draft.valid_until,
    )
