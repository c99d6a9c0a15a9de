"""What an investigator enters to look for a common source, line by line, and what it weighs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shilian.problems import Problem
from shilian.text import normalise
from traceability.rules.codes import CodeContent, read_code

MOST_LINES = 50
LEAST_FINDINGS = 2
# The longest usual incubation of food poisoning is a week; goods lie in a kitchen for another.
KITCHEN_DAYS = 14
# Dirt on a line or in a store is found for about a month after its source went through.
STORE_DAYS = 30
_BREAKS = re.compile(r"[\s,;|、]+")


class FindingKind(StrEnum):
    """How a finding was made, most certain first."""

    LABORATORY = "laboratory"
    ILLNESS = "illness"
    COMPLAINT = "complaint"
    CLEAN = "passed"


KIND_NAMES = {
    FindingKind.LABORATORY: "抽检不合格",
    FindingKind.ILLNESS: "就餐发病",
    FindingKind.COMPLAINT: "投诉",
    FindingKind.CLEAN: "检验合格",
}
# A laboratory proves; several guests of one table point; one complaint may be about anything.
WEIGHTS = {
    FindingKind.LABORATORY: 4,
    FindingKind.ILLNESS: 3,
    FindingKind.COMPLAINT: 2,
    FindingKind.CLEAN: 4,
}


class Contact(StrEnum):
    """Which batches may have touched each other (交叉污染)."""

    NONE = "none"
    SAME_DAY = "same_day"
    SAME_OPERATOR = "same_operator"
    SAME_LINE = "same_line"


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One line of the form: ``row`` counts from 1 within its kind."""

    kind: FindingKind
    row: int
    text: str

    def problem(self, code: str, message: str) -> Problem:
        return Problem(code, self.kind, f"第 {self.row} 行“{self.text[:40]}”：{message}", self.row)


@dataclass(frozen=True, slots=True)
class Mention:
    """What a line names: a code; or an operator with a batch number or the day of a meal."""

    line: FindingLine
    code: CodeContent | None = None
    operator: str = ""
    batch_number: str = ""
    day: date | None = None

    @property
    def since(self) -> date | None:
        """The first day on which goods came in that may have been eaten on the day."""
        return self.day - timedelta(days=KITCHEN_DAYS) if self.day else None


def lines_of(typed: Iterable[tuple[FindingKind, str]]) -> list[FindingLine]:
    """The lines that say something, numbered as they stand in their field; each is looked up."""
    return [
        FindingLine(kind, row, wanted)
        for kind, text in typed
        for row, line in enumerate(text.splitlines(), start=1)
        if (wanted := normalise(line))
    ]


def check_lines(lines: Sequence[FindingLine]) -> list[Problem]:
    """Whether there is enough, and not too much, to compare."""
    if len(lines) > MOST_LINES:
        message = f"一次最多比较 {MOST_LINES} 行，现在是 {len(lines)} 行，请先去掉一些。"
        return [Problem("too_many_findings", "", message)]
    if sum(line.kind != FindingKind.CLEAN for line in lines) < LEAST_FINDINGS:
        message = "至少写两行抽检不合格、就餐发病或投诉，才能比较它们的共同来源。"
        return [Problem("too_few_findings", "", message)]
    return _repeated(lines)


def _repeated(lines: Sequence[FindingLine]) -> list[Problem]:
    """The same line under "clean" and under another kind is a slip; twice in one kind as well."""
    seen: dict[str, FindingLine] = {}
    problems = []
    for line in lines:
        before = seen.setdefault(line.text, line)
        if before is not line:
            where = f"“{KIND_NAMES[before.kind]}”第 {before.row} 行"
            message = f"和{where}相同，请删掉其中一行。"
            problems.append(line.problem("repeated_finding", message))
    return problems


def read_line(line: FindingLine) -> Mention | Problem:
    """What the line names; a problem when it cannot be read."""
    code = read_code(line.text)
    if code is not None:
        return Mention(line, code=code)
    words = [word for word in _BREAKS.split(line.text) if word]
    if len(words) < 2:
        message = "没看懂。请写追溯码，或者写“单位名称 生产批号”“单位名称 就餐日期”，中间空一格。"
        return line.problem("unreadable_finding", message)
    operator, last = " ".join(words[:-1]), words[-1]
    day = _day(last)
    return Mention(line, operator=operator, batch_number="" if day else last, day=day)


def _day(text: str) -> date | None:
    """The day when it is written like 2026-11-05; eight bare digits are a batch number."""
    parts = re.fullmatch(r"(20\d\d)[-./年](\d{1,2})[-./月](\d{1,2})日?", text)
    if parts is None:
        return None
    try:
        return date(*(int(part) for part in parts.groups()))
    except ValueError:
        return None
