"""Rows of a roster as its preview prints them: values in words, old and new side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from enterprises.models import ImportRow, LicenceKind, OperatorKind, Sector, Standing
from enterprises.queries import imports
from enterprises.rules.roster import LABELS

CHOICES: dict[str, dict[str, Any]] = {
    "sector": dict(Sector.choices),
    "kind": dict(OperatorKind.choices),
    "standing": dict(Standing.choices),
}


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row: who it is about, what would change, what is wrong."""

    row_no: int
    name: str
    credit_code: str
    sector: str
    place: str
    changes: list[Change]
    errors: list[str]
    warnings: list[str]


def explain(rows: Sequence[ImportRow]) -> list[PreviewRow]:
    """The rows, which the caller may see, in words. Cost: one query."""
    names = imports.division_names(_division_ids(rows))
    return [_explained(row, names) for row in rows]


def _division_ids(rows: Sequence[ImportRow]) -> set[int]:
    ids = {row.values.get("division_id") for row in rows}
    for row in rows:
        ids.update(row.changes.get("division_id", []))
    return {id_ for id_ in ids if isinstance(id_, int)}


def _explained(row: ImportRow, names: dict[int, str]) -> PreviewRow:
    values = row.values
    return PreviewRow(
        row_no=row.row_no,
        name=str(values.get("name") or row.raw.get("name") or "（没有名称）"),
        credit_code=str(values.get("credit_code") or row.raw.get("credit_code") or "—"),
        sector=_said("sector", values.get("sector"), names),
        place=_said("division_id", values.get("division_id"), names),
        changes=[
            Change(LABELS.get(field, field), _said(field, old, names), _said(field, new, names))
            for field, (old, new) in row.changes.items()
        ],
        errors=[p["message"] for p in row.problems if p["severity"] == "error"],
        warnings=[p["message"] for p in row.problems if p["severity"] == "warning"],
    )


def _said(field: str, value: Any, names: dict[int, str]) -> str:
    if value is None or value == "":
        return "—"
    if field == "division_id":
        return names.get(value, str(value))
    if field == "licence":
        kind = LicenceKind(value["kind"]).label
        return f"{kind} {value['number']}，{value.get('valid_until') or '无期限'}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(CHOICES.get(field, {}).get(value, value))
