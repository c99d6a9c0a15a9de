"""Verdicts on many lines, made alike by every kind of sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shilian.problems import Problem, Rejected, errors
from traceability.sheets.base import Judged, Line, Outcome


def verdicts(lines: Sequence[Line], look: Callable[[Line], Judged]) -> list[Judged]:
    """One verdict for each line: what could not be understood is bad, the rest is looked at."""
    return [
        look(line) if line.is_readable else Judged(line, Outcome.BAD, line.problems)
        for line in lines
    ]


def judged(
    line: Line,
    problems: Sequence[Problem],
    draft: Any,
    *,
    same_as: int | None = None,
    same: str = "",
) -> Judged:
    """The verdict that follows from the problems; ``same`` says in words what it only repeats."""
    told = [problem.at_row(line.row_no) for problem in problems]
    if errors(told):
        return Judged(line, Outcome.BAD, told)
    if same:
        already = Problem("already_recorded", "", same, line.row_no, "warning")
        return Judged(line, Outcome.SAME, [already], record_id=same_as)
    return Judged(line, Outcome.NEW, told, draft)


def stop_at_errors(problems: Mapping[int, Sequence[Problem]]) -> None:
    """Raises: Rejected with every problem by row number, when one of them stops the write."""
    found = [problem.at_row(row_no) for row_no, of_row in problems.items() for problem in of_row]
    if errors(found):
        raise Rejected(found)
