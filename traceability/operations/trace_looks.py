"""A look both ways from one batch: where it came from and where it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from enterprises.actor import Actor
from traceability.graph.lens import TraceView
from traceability.operations.cases import Look, look_at_trace

Side = Literal["down", "up"]
SIDES: tuple[Side, ...] = ("down", "up")


@dataclass(frozen=True, slots=True)
class BothWays:
    """Two traces of one batch, as one viewer sees them."""

    down: Look
    up: Look

    @property
    def views(self) -> dict[Side, TraceView]:
        return {"down": self.down.view, "up": self.up.view}

    @property
    def case_id(self) -> int | None:
        """The case under which it was seen; None when it opened nothing."""
        return self.down.view.case_id

    @property
    def milliseconds(self) -> float:
        """From the question to every holder, both ways together."""
        return (self.down.view.seconds + self.up.view.seconds) * 1000

    @property
    def batch_count(self) -> int:
        """The batches reached, the start once. A batch of a cycle counts on both sides."""
        return self.down.view.node_count + self.up.view.node_count - 1

    @property
    def hidden_count(self) -> int:
        return self.down.view.hidden_count + self.up.view.hidden_count


def look_both_ways(*, by: Actor, batch_id: int, case_id: int | None, at: datetime) -> BothWays:
    """Trace the batch both ways; each way writes its run and, under a case, who was seen.

    Raises: Forbidden; OutOfScope when the batch or the case is not within sight.
    Cost: twice that of ``look_at_trace``.
    """
    down, up = (
        look_at_trace(by=by, starts=[batch_id], direction=side, case_id=case_id, at=at)
        for side in SIDES
    )
    return BothWays(down, up)
