"""Picking what went into a batch: the operator's batches on hand, and how much of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.http import Http404

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.web.forms import TidyForm
from traceability.forms import ProductionInputForm
from traceability.queries import batches, stock
from traceability.queries.stock import StockLine
from traceability.rules.production import ProductionInput
from traceability.views.typed import Typed, said

SHOWN = 40
NOTHING_TYPED = Typed()
NOTHING_TAKEN: dict[int, Decimal] = {}
# Stands in for a quantity that could not be read.
LEAST = Decimal("0.001")


@dataclass(slots=True)
class Input:
    """One batch on hand and how much of it went in."""

    batch: StockLine
    form: ProductionInputForm

    @property
    def number(self) -> int:
        return self.batch.batch_id


class Materials:
    """The lines of the page: what was typed, what had been taken before, and what else is there.

    ``taken`` is what the batch under correction had used: it counts as being on hand again.
    ``most`` are offered at once, ``is_cut`` says that there are more to search for.
    ``with_made``: goods of the operator's own making are offered too, not only when searched for.
    """

    def __init__(
        self,
        actor: Actor,
        operator: Operator,
        typed: Typed,
        today: date,
        *,
        taken: Mapping[int, Decimal] = NOTHING_TAKEN,
        leave_out: int | None = None,
        with_made: bool = False,
        most: int = SHOWN,
    ) -> None:
        self.actor, self.operator, self.typed, self.today = actor, operator, typed, today
        self.taken, self.leave_out, self.with_made = taken, leave_out, with_made
        self.most, self.is_cut = most, False
        self.text = typed.text("batch_q")
        self.inputs = self._inputs()

    def _inputs(self) -> list[Input]:
        offered = self._offered()
        known = {line.batch_id: line for line in offered}
        used = [
            number for number in self.typed.lines() if self.typed.text(f"lines-{number}-quantity")
        ]
        first = used if not self.typed.is_empty else list(self.taken)
        if gone := [number for number in {*used, *first} if number not in known]:
            known |= batches.stock_lines(self.actor, self.operator, gone, on=self.today)
        if set(used) - known.keys():
            raise Http404
        shown = [line.batch_id for line in offered[: self.most]]
        self.is_cut = len(offered) > self.most
        return [
            self._input(known[number], self.typed if number in used else NOTHING_TYPED)
            for number in dict.fromkeys([*first, *shown])
            if number in known
        ]

    def _offered(self) -> list[StockLine]:
        """What may go in: one line more than is shown when there are more."""
        found = stock.batches_on_hand(
            self.actor,
            self.operator,
            on=self.today,
            search=self.text,
            with_made=self.with_made or bool(self.text),
            limit=self.most + 1 + (self.leave_out is not None),
        )
        return [line for line in found if line.batch_id != self.leave_out]

    def _input(self, line: StockLine, typed: Typed) -> Input:
        before = self.taken.get(line.batch_id)
        initial: dict[str, object] = {"batch_id": line.batch_id}
        if before is not None:
            line = replace(line, on_hand=line.on_hand + before)
            initial |= {"quantity": f"{before.normalize():f}"} if self.typed.is_empty else {}
        form = typed.form(ProductionInputForm, f"lines-{line.batch_id}", initial)
        return Input(line, form)

    @property
    def _used(self) -> list[Input]:
        return [part for part in self.inputs if part.form.is_bound]

    def forms(self) -> dict[int, TidyForm]:
        """The lines with a quantity by their place among what was chosen."""
        return {place: part.form for place, part in enumerate(self._used)}

    @property
    def named(self) -> list[tuple[str, TidyForm]]:
        """The lines with a quantity, each with the name of its goods."""
        return [(part.batch.name, part.form) for part in self._used]

    def are_valid(self) -> bool:
        """Whether every quantity that was typed can be read."""
        return not [part for part in self._used if not part.form.is_valid()]

    def chosen(self) -> tuple[ProductionInput, ...]:
        """What went in, as typed."""
        return tuple(
            ProductionInput(part.number, said(part.form, quantity=LEAST)["quantity"])
            for part in self._used
        )
