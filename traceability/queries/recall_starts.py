"""Choosing what to recall or to freeze, and what a recall of it would reach."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from enterprises.actor import Actor
from shilian.problems import Problem
from traceability.graph.trace import trace
from traceability.models import Batch, Recall
from traceability.queries.recall_audience import Audience, audience_of
from traceability.queries.stop_signs import recalls_about
from traceability.rules import codes

CODE_FAULTS = {
    "mistyped": "追溯码没有输完整，请对照标签再输一次。",
    "forged": "这不是食链发出的追溯码，可能是伪造的，请核对标签。",
}
UNKNOWN_CODE = "没有找到这个追溯码的批次，只能选自己的或辖区内的批次。"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a recall of the batches would reach now; ``quantities`` is what began it, by unit.

    ``earlier`` are the recalls that concern one of the batches reached already.
    """

    batch_count: int
    audience: Audience
    quantities: tuple[tuple[Decimal, str], ...]
    seconds: float
    is_cut: bool
    earlier: tuple[Recall, ...] = ()

    @property
    def milliseconds(self) -> int:
        return round(self.seconds * 1000)


def chosen_batches(actor: Actor, ids: Collection[int]) -> list[Batch]:
    """Those of the batches that the actor sees, with their holders. Cost: at most two queries."""
    rows = Batch.objects.visible_to(actor).current().filter(pk__in=list(ids))
    if actor.is_operator:
        rows = rows.filter(operator_id=actor.operator_id or 0)
    return list(rows.select_related("operator").order_by("pk")) if ids else []


def batch_of_code(actor: Actor, text: str) -> Batch | Problem:
    """The batch behind a typed or scanned code, or why there is none for the actor."""
    content = codes.read_code(text)
    if content is None:
        fault = codes.fault_of(text)
        return Problem(f"code_{fault}", "code", CODE_FAULTS[fault])
    found = chosen_batches(actor, [content.batch_id])
    if not found or found[0].token_salt != content.salt:
        return Problem("code_unknown", "code", UNKNOWN_CODE)
    return found[0]


def preview(actor: Actor, found: Collection[Batch]) -> Preview | None:
    """Whom a recall of the batches would reach; None for no batches. Cost: eight queries or more."""
    if not found:
        return None
    reached = trace([batch.pk for batch in found], "down")
    return Preview(
        batch_count=len(reached.hops),
        audience=audience_of([batch.pk for batch in found], reached.hops),
        quantities=tuple((batch.quantity, batch.unit) for batch in found),
        seconds=reached.seconds,
        is_cut=reached.is_cut,
        earlier=tuple(recalls_about(actor, reached.hops)),
    )
