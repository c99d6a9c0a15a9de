"""Events as rows: one COPY for all of a document, each row made by one format string."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from enterprises.models import Operator
from shilian.db.copy import copy_lines
from shilian.db.ids import new_ids
from traceability.epcis import reading
from traceability.epcis.reading import Reading
from traceability.models import EpcisEvent
from traceability.operations import writing
from traceability.operations.epcis_pieces import Found, Recorded

_NULL = "\\N"
_write = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False, allow_nan=False
).encode


def store(
    operator: Operator,
    kept: Sequence[Reading],
    found: Found,
    *,
    at: datetime,
    capture_id: int | None,
) -> None:
    """Write the events, with what each was recorded as. Cost: one COPY."""
    if not kept:
        return
    place = f"{operator.pk}\t{operator.division_id}\t{operator.county_id}\t{capture_id or _NULL}"
    recorded_at, contexts = at.isoformat(), _Contexts()
    rows = [
        f"{id_}\t{place}\t{_row(each, recorded_at, contexts, found.get(each.position))}\n"
        for id_, each in zip(new_ids(len(kept)), kept, strict=True)
    ]
    columns = writing.columns_of(EpcisEvent)
    copy_lines(DEFAULT_DB_ALIAS, EpcisEvent._meta.db_table, columns, rows)


class _Contexts:
    """The text of a context, made once for all events of a document."""

    def __init__(self) -> None:
        self.last: list[Any] | None = None
        self.text = _NULL

    def text_of(self, context: list[Any]) -> str:
        if context != self.last:
            self.last, self.text = context, _json(context) if context else _NULL
        return self.text


def _row(each: Reading, recorded_at: str, contexts: _Contexts, record: Recorded | None) -> str:
    """The columns after the place. URIs and words need no escape: they were checked to be such."""
    event = each.event
    keys = ",".join([f'"{_element(key)}"' for key in reading.keys_of(event)])
    return (
        f"{event['type']}\t{event.get('action', '')}\t{each.moment.isoformat()}\t{recorded_at}\t"
        f"{each.event_id}\t\\\\x{each.digest.hex()}\t{'t' if each.is_error else 'f'}\t{_NULL}\t"
        f"{reading.word_of(event, 'bizStep')}\t{reading.word_of(event, 'disposition')}\t"
        f"{reading.place_of(event, 'readPoint')}\t{reading.place_of(event, 'bizLocation')}\t"
        f"{{{keys}}}\t{_json(each.body)}\t{contexts.text_of(each.context)}\t{_record(record)}"
    )


def _record(record: Recorded | None) -> str:
    if record is None:
        return f"\t{_NULL}\t{{}}\tf\t{{}}"
    batches = ",".join(map(str, record.batch_ids))
    is_new = "t" if record.is_new else "f"
    more = ",".join(map(str, record.more_ids))
    return f"{record.kind}\t{record.record_id}\t{{{batches}}}\t{is_new}\t{{{more}}}"


def _element(key: str) -> str:
    """A key inside the quotes of an array, and that inside COPY: each has an escape of its own."""
    return key.replace("\\", "\\" * 4).replace('"', '\\\\"')


def _json(value: Any) -> str:
    return _write(value).replace("\\", "\\\\")
