"""What voiding and correcting records have in common: the old one stays, marked, with the reason."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from shilian.db.together import Statement
from shilian.problems import Rejected
from shilian.text import tidy_prose
from traceability import page_store
from traceability.graph.trace import Limits, trace
from traceability.models import Batch, RecordState, Run
from traceability.models.records import Record
from traceability.operations import writing
from traceability.operations.writing import Row
from traceability.queries import proofs
from traceability.rules import corrections as rules
from traceability.rules.leaves import canonical

R = TypeVar("R", bound=Record)
# Pages of batches further down are at most a minute old by themselves.
PAGES_DROPPED = 5_000


def checked_reason(reason: str) -> str:
    reason = tidy_prose(reason)
    if problems := rules.check_reason(reason):
        raise Rejected(problems)
    return reason


def own(model: type[Any], operator: Operator, id_: int) -> Any:
    return model.objects.filter(operator=operator, pk=id_)


def locked(model: type[R], operator: Operator, id_: int) -> R:
    found = own(model, operator, id_).select_for_update().first()
    if found is None:
        raise OutOfScope
    return found  # type: ignore[no-any-return]


def locked_batch(operator: Operator, id_: int) -> Batch:
    return own(Batch, operator, id_).select_for_update(no_key=True).get()  # type: ignore[no-any-return]


def close(
    record: Record,
    state: RecordState,
    reason: str,
    *,
    by_id: int | None = None,
    batch: Batch | None = None,
) -> None:
    """Mark the record as no longer current; its own facts stay untouched."""
    record.state, record.reason, record.superseded_by_id = state, reason, by_id
    if batch is not None:
        record.batch_before = json.loads(canonical(proofs.stored_batch_facts(batch)))
    own(type(record), record.operator, record.pk).update(
        state=state,
        reason=reason,
        superseded_by_id=by_id,
        batch_before=record.batch_before,
    )


def follow(operator: Operator, batch: Batch, row: Row) -> None:
    """Let the batch say what the corrected record says; its code and first moment stay."""
    values = dict(zip(writing.columns_of(Batch), row, strict=True))
    kept = ("id", "operator_id", "recorded_at", "token_salt", "maker_operator_id")
    own(Batch, operator, batch.pk).update(
        **{name: value for name, value in values.items() if name not in kept}
    )


def forget_page(batch: Batch) -> None:
    """Once committed, the batch's public page is built anew."""
    transaction.on_commit(lambda: page_store.forget([batch.pk]))


def renew_pages(batch_ids: Collection[int], *, onward: bool) -> None:
    """Once committed, the public pages of the batches are built anew.

    ``onward``: those of the batches further down as well, for what nobody may miss.
    """
    limits = Limits(links=PAGES_DROPPED)
    ids = list(trace(batch_ids, "down", limits).hops if onward else batch_ids)
    transaction.on_commit(lambda: page_store.forget(ids))


def append_audit(
    by: Actor,
    at: datetime,
    event: str,
    operator: Operator,
    record: Record | Batch | Run,
    reason: str,
    *,
    along: Sequence[Statement] = (),
    **details: Any,
) -> None:
    """Write who put the record right and why; the statements ``along`` go in the same message."""
    audit.append(
        by=by,
        at=at,
        event=event,
        about=operator,
        subject=type(record).__name__,
        subject_id=record.pk,
        reason=reason,
        along=along,
        **details,
    )
