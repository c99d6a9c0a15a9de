"""Recording goods received that an upload brings, by the hundred and judged already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.db.together import execute_together
from traceability.operations import arrivals, purchase_lines, purchases, writing
from traceability.rules import purchases as rules
from traceability.rules.purchases import PurchaseDraft, Verdicts


@dataclass(frozen=True, slots=True)
class Recorded:
    """A new purchase with its batch and the salt of that batch's public code."""

    purchase_id: int
    batch_id: int
    token_salt: int


@transaction.atomic(savepoint=False)
def record_uploaded(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[PurchaseDraft],
    at: datetime,
    arrived: Mapping[int, int],
    verdicts: Verdicts,
) -> list[Recorded]:
    """Record goods received that were judged in this transaction and in the operator's turn.

    Whoever edits or merges products and suppliers takes turns (``writing.take_turns``), so what the
    ``verdicts`` go by still holds; what else changes meanwhile counts from the next upload. ``arrived`` names, by the position of a draft, the announced goods
    of a registered seller that it tells of; they count as accepted from then on. Drafts that lack a
    verdict or tell of such goods are judged again.
    Raises: Rejected with every problem found, each naming its row.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(2 * len(drafts))
    batch_ids, purchase_ids = ids[: len(drafts)], ids[len(drafts) :]
    answered = arrivals.lock_arrived(operator, arrived, drafts)
    if answered:
        drafts = list(drafts)
        for place, incoming in answered.items():
            drafts[place] = arrivals.as_on_paper(drafts[place], incoming)
    facts = verdicts.facts
    if answered or verdicts.found is None or verdicts.today != pen.today:
        found = rules.check_each_purchase(drafts, facts, today=pen.today)
    else:
        found = verdicts.found
    purchases.stop_at_errors(found)
    ids_drawn = batch_ids, purchase_ids
    salts, rows = purchase_lines.write(pen, drafts, facts, ids_drawn, found, answered)
    if answered:
        execute_together(*rows)
        arrivals.close_arrived(pen, answered, batch_ids, purchase_ids)
        rows = []
    purchases.follow_up(by, pen, drafts, is_typed=False, along=rows)
    return list(map(Recorded, purchase_ids, batch_ids, salts))
