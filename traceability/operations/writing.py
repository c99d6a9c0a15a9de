"""Rows of records, ready for COPY: columns in the order of the models' fields.

Recording takes many at once, so this page builds plain tuples and never a model per row.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState
from psycopg.types.json import Jsonb

from enterprises.actor import Actor
from enterprises.models import Operator, OperatorState
from shilian.clock import business_day, month_of
from shilian.db.copy import copy_rows
from shilian.db.ids import new_ids
from shilian.db.together import Statement, execute_together
from shilian.problems import Problem, Rejected
from traceability.models import (
    Batch,
    Channel,
    MonthMark,
    RecordState,
    Submission,
)
from traceability.models.records import Record
from traceability.queries.proofs import BATCH_LEAF_FIELDS, OUTSIDE_LEAF
from traceability.rules.coverage import Subject, subject_of
from traceability.rules.goods import ProductFacts
from traceability.rules.leaves import SALT_BYTES, Form, leaf_of
from traceability.rules.retention import retain_until

Row = tuple[Any, ...]
R = TypeVar("R", bound=Record)
TOKEN_SALT_BYTES = 2
TOKEN_SALT_MASK = 0x7FFF


def columns_of(model: type[models.Model]) -> list[str]:
    """The model's columns in the order in which rows are built and models are loaded."""
    return [str(field.column) for field in model._meta.concrete_fields]


def copy_records(model: type[models.Model], rows: Iterable[Row]) -> list[Row]:
    """Write the rows and return them; rows still being made are written meanwhile.

    While the next row is built here, the server already stores the last ones.
    """
    written: list[Row] = []
    copy_rows(DEFAULT_DB_ALIAS, model._meta.db_table, columns_of(model), _kept(rows, written))
    return written


def copy_models(model: type[models.Model], added: Sequence[models.Model]) -> None:
    """Write models that have all their values, and take them for stored from now on."""
    names = _names_of(model)
    if added:
        copy_records(model, (tuple(getattr(each, name) for name in names) for each in added))
    for each in added:
        each._state.adding, each._state.db = False, DEFAULT_DB_ALIAS


def _kept(rows: Iterable[Row], written: list[Row]) -> Iterator[Row]:
    for row in rows:
        written.append(row)
        yield row


@dataclass(frozen=True, slots=True)
class Pen:
    """What every row of one call has in common."""

    operator: Operator
    at: datetime
    today: date
    person_id: int | None
    channel: str
    subject: Subject
    # The operator, its township and its county, as every row begins.
    holder: tuple[int, int, int]
    _subjects: dict[tuple[bool, ...], Subject] = field(default_factory=dict)
    # Forms of leaves that share most of their text, each with the objects it was made for.
    forms: dict[tuple[int, int], tuple[Form, Any, Any]] = field(default_factory=dict)

    def subject_with(
        self,
        *,
        is_farm_produce: bool,
        is_imported: bool = False,
        is_own_made: bool = False,
        needs_no_shelf_life: bool = False,
    ) -> Subject:
        """The operator as the law sees it with such goods; made once for the whole call."""
        key = (is_farm_produce, is_imported, is_own_made, needs_no_shelf_life)
        if key not in self._subjects:
            self._subjects[key] = self.subject.with_goods(
                is_farm_produce=is_farm_produce,
                is_imported=is_imported,
                is_own_made=is_own_made,
                needs_no_shelf_life=needs_no_shelf_life,
            )
        return self._subjects[key]

    @property
    def asks_back(self) -> bool:
        """Whether a person at a form can be asked to confirm; a system cannot."""
        return self.channel == Channel.FORM

    def ids(self, count: int) -> list[int]:
        """New ids; the demonstration's lie at the moment its records tell."""
        return new_ids(count, at=self.at if self.channel == Channel.DEMO else None)


def pen_for(by: Actor, operator: Operator, at: datetime, *, channel: str = "") -> Pen:
    is_demo = by.channel == Channel.DEMO
    return Pen(
        operator=operator,
        at=at,
        today=business_day(at),
        person_id=by.person_id,
        channel=by.channel if is_demo or not channel else channel,
        subject=subject_of(operator),
        holder=(operator.pk, operator.division_id, operator.county_id),
    )


def salts(count: int) -> list[bytes]:
    drawn = os.urandom(SALT_BYTES * count)
    return [drawn[i : i + SALT_BYTES] for i in range(0, len(drawn), SALT_BYTES)]


def token_salts(count: int) -> list[int]:
    """Fifteen random bits for each batch's public code."""
    drawn = os.urandom(TOKEN_SALT_BYTES * count)
    return [
        int.from_bytes(drawn[i : i + 2], "big") & TOKEN_SALT_MASK for i in range(0, len(drawn), 2)
    ]


def batch_row(
    pen: Pen,
    id_: int,
    token_salt: int,
    product: ProductFacts,
    *,
    unit: str,
    quantity: Decimal,
    received_on: date,
    batch_number: str,
    produced_on: date | None,
    expires_on: date | None,
    origin_kind: str,
    origin_place: str,
) -> Row:
    """One batch in the operator's hands, with the product's facts as they are today."""
    return (
        id_,
        *pen.holder,
        product.id,
        product.name,
        product.specification,
        unit,
        product.goods_class,
        product.is_farm_produce,
        batch_number,
        produced_on,
        product.shelf_life,
        expires_on,
        origin_kind,
        origin_place or product.origin,
        product.maker_name,
        product.maker_operator_id,
        quantity,
        received_on,
        pen.at,
        RecordState.CURRENT.value,
        token_salt,
    )


_BATCH_NAMES = [field.attname for field in Batch._meta.concrete_fields]
_take_batch_leaf = itemgetter(*(_BATCH_NAMES.index(name) for name in BATCH_LEAF_FIELDS))

_HEAD_NAMES = [field.attname for field in Record._meta.local_fields]
HEAD_LENGTH = _HEAD_NAMES.index("leaf_salt")


def batch_leaf_values(row: Row) -> Row:
    """The values of ``BATCH_LEAF_FIELDS`` in a batch's row."""
    return tuple(_take_batch_leaf(row))


def record_head(
    pen: Pen,
    id_: int,
    *,
    missing: list[str],
    warnings: list[str],
    raw: dict[str, Any] | None,
    evidence_ids: tuple[int, ...],
    voucher_number: str,
    retain_until: date,
    supersedes_id: int | None = None,
) -> Row:
    """The columns that every legal record has, up to its leaf."""
    return (
        id_,
        *pen.holder,
        pen.at,
        pen.person_id,
        pen.channel,
        RecordState.CURRENT.value,
        supersedes_id,
        None,
        "",
        None,
        missing,
        warnings,
        None if raw is None else Jsonb(raw, dumps=_as_json),
        list(evidence_ids),
        voucher_number,
        retain_until,
    )


# Names and texts only; the usual encoder took as long as all other columns together.
_as_json = msgspec.json.Encoder().encode


def retention_of(pen: Pen, batch: Batch) -> date:
    """Until when a record about the batch is kept at least."""
    return retain_until(
        recorded_on=pen.today,
        expires_on=batch.expires_on,
        is_farm_produce=batch.is_farm_produce,
    )


def tail_fields(model: type[Record]) -> tuple[str, ...]:
    """The fields a kind of record adds to the common ones."""
    names = [field.attname for field in model._meta.concrete_fields]
    return tuple(names[HEAD_LENGTH + 2 :])


def sealed(
    kind: str,
    tail_names: tuple[str, ...],
    head: Row,
    tail: Row,
    batch: Row | Mapping[str, Any],
    salt: bytes,
) -> Row:
    """The row of a record, its leaf inside; ``batch``: ``BATCH_LEAF_FIELDS``, by name or in order."""
    if isinstance(batch, Mapping):
        batch = tuple(batch[name] for name in BATCH_LEAF_FIELDS)
    return sealed_as(leaf_form(kind, tail_names), head, tail, batch, salt)


def sealed_as(form: Form, head: Row, tail: Row, batch: Row, salt: bytes) -> Row:
    """The same with a leaf of this form; the batch's facts in the order of ``BATCH_LEAF_FIELDS``."""
    return (*head, salt, leaf_of(salt, form.text((*head, *tail, *batch))), *tail)


def changing_places(tail_names: tuple[str, ...], alike: Collection[str]) -> frozenset[int]:
    """Where a leaf's values may differ when the ``alike`` fields (``batch.…`` of a batch) do not."""
    names = enumerate(leaf_names(tail_names))
    return frozenset(place for place, name in names if name not in alike)


def leaf_names(tail_names: tuple[str, ...]) -> list[str]:
    """What stands at each place of the values of which a leaf is made."""
    return [*_HEAD_NAMES[:HEAD_LENGTH], *tail_names, *(f"batch.{n}" for n in BATCH_LEAF_FIELDS)]


@cache
def leaf_form(kind: str, tail_names: tuple[str, ...]) -> Form:
    names = [*_HEAD_NAMES[:HEAD_LENGTH], *tail_names]
    shape: dict[str, Any] = {
        name: position for position, name in enumerate(names) if name not in OUTSIDE_LEAF
    }
    batch = {name: len(names) + position for position, name in enumerate(BATCH_LEAF_FIELDS)}
    return Form(shape | {"kind": kind, "batch": batch})


def record_from(model: type[R], row: Row) -> R:
    """The record as it will be read back, without reading it.

    Its fields are set at once: ``Model.__init__`` took a third of the time of a large upload.
    """
    record = model.__new__(model)
    record.__dict__.update(zip(_names_of(model), row, strict=True))
    record._state = ModelState()
    record._state.adding, record._state.db = False, DEFAULT_DB_ALIAS
    return record


@cache
def _names_of(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def mark_months(operator: Operator, days: Iterable[date]) -> None:
    """Ask the numbers to look again at every month that these days touch."""
    mark_operator_months({(operator.pk, day) for day in days})


def mark_operator_months(touched: Iterable[tuple[int, date]]) -> None:
    """The same for days of several operators. Cost: one query, none without days."""
    if marks := marks_of(touched):
        execute_together(marks)


def marks_of(touched: Iterable[tuple[int, date]]) -> Statement | None:
    """The statement for it; None without days."""
    months = sorted({(operator_id, month_of(day)) for operator_id, day in touched})
    if not months:
        return None
    return Statement(_MARK, (new_ids(len(months)), *map(list, zip(*months, strict=True))))


# Every record passes here: built by the ORM, the same statement took ten times as long.
_MARK = (
    f"INSERT INTO {MonthMark._meta.db_table} (id, operator_id, month)"
    " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::date[])"
)


def begin_using(operator: Operator, at: datetime) -> None:
    """An activated operator uses the platform from its first record on."""
    if operator.state != OperatorState.ACTIVATED:
        return
    Operator.objects.filter(pk=operator.pk, state=OperatorState.ACTIVATED).update(
        state=OperatorState.USING, using_at=at
    )
    operator.state, operator.using_at = OperatorState.USING, at


def take_turns(operator: Operator) -> None:
    """Let two writers of the operator's books go one after the other, so each finds the other's."""
    with connection.cursor() as cursor:
        table = Operator._meta.db_table
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", [operator.pk])


def claim_submission(
    operator: Operator, key: UUID | None, operation: str, record_ids: list[int], at: datetime
) -> list[int] | None:
    """Take the submit key for these ids, or return the ids that the first press wrote.

    A second press waits here until the first has finished; a refused one leaves no claim.
    Raises: Rejected when the key was used for something else.
    """
    if key is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Submission._meta.db_table} (operator_id, key, operation, record_ids, at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [operator.pk, key, operation, record_ids, at],
        )
        if cursor.rowcount:
            return None
    held = Submission.objects.get(operator_id=operator.pk, key=key)
    if held.operation != operation:
        message = "这个页面已经提交过别的内容，请刷新页面后重新填写。"
        raise Rejected([Problem("submit_key_reused", "", message)])
    return list(held.record_ids)
