"""Suspected pairs go where their records go: to the corrected version, or off the list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from enterprises.actor import Actor
from shilian.db.together import Statement
from traceability.models import DuplicateSuspect, Purchase, Sale
from traceability.rules.duplicates import Told, amount

Kind = DuplicateSuspect.Kind
State = DuplicateSuspect.State
_TABLE = DuplicateSuspect._meta.db_table
_OF_OPERATOR = "WHERE operator_id = %s AND kind = %s"
_MOVE = tuple(
    f"UPDATE {_TABLE} SET {side} = %s {_OF_OPERATOR} AND {side} = %s"
    for side in ("record_id", "earlier_id")
)
_END = (
    f"UPDATE {_TABLE} SET state = %s, decided_at = %s, decided_by = %s, decided_name = %s"
    f" {_OF_OPERATOR} AND state = '{State.WAITING.value}' AND %s IN (record_id, earlier_id)"
)


def after_correction(
    old: Purchase | Sale, new: Purchase | Sale, *, by: Actor, at: datetime
) -> list[Statement]:
    """The statements that let the pairs of a record tell of its new version.

    What was decided stays decided. A pair that nobody has decided yet is none any more when the
    correction tells of other goods, another partner or day, or another amount.
    """
    place = (old.operator_id, _kind(old))
    moves = [Statement(sql, (new.pk, *place, old.pk)) for sql in _MOVE]
    if _same_goods(old, new):
        return moves
    return [*moves, _end(new, State.DIFFERENT, by, at)]


def after_voiding(old: Purchase | Sale, *, by: Actor, at: datetime) -> list[Statement]:
    """The statement that takes the pairs of a void record off the list: one of the two is left."""
    return [_end(old, State.SAME, by, at)]


def _end(record: Purchase | Sale, state: State, by: Actor, at: datetime) -> Statement:
    decided: tuple[Any, ...] = (state.value, at, by.person_id, by.name)
    return Statement(_END, (*decided, record.operator_id, _kind(record), record.pk))


def _kind(record: Purchase | Sale) -> str:
    return (Kind.PURCHASE if isinstance(record, Purchase) else Kind.SALE).value


def _same_goods(old: Purchase | Sale, new: Purchase | Sale) -> bool:
    one, other = _told(old), _told(new)
    return amount(one) == amount(other) and (
        (one.product_id, one.partner_id, one.happened_on)
        == (other.product_id, other.partner_id, other.happened_on)
    )


def _told(record: Purchase | Sale) -> Told:
    day = record.purchased_on if isinstance(record, Purchase) else record.sold_on
    return Told(
        record.channel, record.product_id, record.partner_id, day, record.quantity, record.unit
    )
