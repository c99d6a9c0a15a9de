"""The outputs of a run as lines of a page: each is filled or left empty, and more can be added."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shilian.web.forms import TidyForm
from traceability.forms import LineForm
from traceability.rules.runs import MOST_OUTPUTS, OutputDraft
from traceability.views.typed import Typed, said

LEAST_LINES = 3
NOTHING_TYPED = Typed()
# Stands in for a quantity that could not be read.
ONE = Decimal(1)


@dataclass(slots=True)
class Line:
    number: int
    form: LineForm

    @property
    def place(self) -> int:
        return self.number + 1


class Outputs:
    """The lines of the page. ``kind`` is the form of one of them."""

    def __init__(self, typed: Typed, kind: type[LineForm], **more: Any) -> None:
        self.typed, self.kind, self.more = typed, kind, more
        asked = typed.number("rows") or LEAST_LINES
        added = 1 if typed.text("do") == "more" else 0
        self.count = max(LEAST_LINES, min(asked + added, MOST_OUTPUTS))
        self.lines = [self._line(number) for number in range(self.count)]

    def _line(self, number: int) -> Line:
        prefix = f"out-{number}"
        is_filled = any(self.typed.text(f"{prefix}-{name}") for name in self.kind.base_fields)
        typed = self.typed if is_filled else NOTHING_TYPED
        return Line(number, typed.form(self.kind, prefix, **self.more))

    @property
    def _filled(self) -> list[Line]:
        return [line for line in self.lines if line.form.is_bound]

    @property
    def may_grow(self) -> bool:
        return self.count < MOST_OUTPUTS

    def are_valid(self) -> bool:
        """Whether every line that was filled can be read."""
        return not [line for line in self._filled if not line.form.is_valid()]

    def drafts(self) -> tuple[OutputDraft, ...]:
        return tuple(_draft(line.form) for line in self._filled)

    def named(self, counted: str) -> list[tuple[str, TidyForm]]:
        """The filled lines, each called by its place."""
        return [(f"第 {line.place} {counted}", line.form) for line in self._filled]

    def forms(self) -> dict[int, TidyForm]:
        """The filled lines by their place among the drafts."""
        return {place: line.form for place, line in enumerate(self._filled)}


def _draft(form: LineForm) -> OutputDraft:
    typed = said(form, quantity=ONE, product_id=0)
    return OutputDraft(
        quantity=typed["quantity"],
        product_id=typed["product_id"] or None,
        batch_number=typed["batch_number"],
    )
