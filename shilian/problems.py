"""What is wrong with a piece of input, said so that the person who sent it can put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in one field.

    ``code`` is stable English for machines and tests; ``message`` is a Chinese sentence that says
    how to fix it; ``field`` is the draft's field name, empty when the whole record is meant;
    ``row`` is the row as the sender sees it (sheet row, list position), None for a single record.
    """

    code: str
    field: str
    message: str
    row: int | None = None
    severity: Severity = "error"

    @property
    def is_warning(self) -> bool:
        return self.severity == "warning"

    def at_row(self, row: int | None) -> Problem:
        return replace(self, row=row)


class Rejected(Exception):
    """An operation refused its input and changed nothing."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{p.code}({p.field})" for p in self.problems))

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that stop a write."""
    return [problem for problem in problems if not problem.is_warning]


def warnings(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that are kept beside the record but do not stop it."""
    return [problem for problem in problems if problem.is_warning]
