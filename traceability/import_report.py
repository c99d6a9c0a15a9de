"""What an import found, as one object for machines: every problem at its row and column."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shilian.sheets.headers import Column
from traceability.operations.import_rows import plain_value, shown
from traceability.sheets.base import Judged, SheetKind

# A million rows are checked all the same, but nobody reads a million values.
LISTED = 10_000


class Peaks:
    """The most memory this process has held, and the largest of the processes it reads with.

    Asked of the system while they live: what is told of a dead child counts the moment, too, at
    which it was still a copy of this process.
    """

    def __init__(self) -> None:
        self._children = 0

    def look(self) -> None:
        for task in Path("/proc/self/task").iterdir():
            for child in (task / "children").read_text().split():
                self._children = max(self._children, _peak_kb(child))

    @property
    def megabytes(self) -> float:
        return round((_peak_kb("self") + self._children) / 1024, 1)


def _peak_kb(process: str) -> int:
    """The peak of a living process in kB; 0 when it has just ended."""
    try:
        said = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", said)
    return int(found[1]) if found else 0


@dataclass(slots=True)
class Report:
    """The rows that are good, bad or doubtful, and what the good ones say by our columns' names."""

    columns: Sequence[Column]
    counted: Counter[str] = field(default_factory=Counter)
    bad: list[dict[str, Any]] = field(default_factory=list)
    warn: list[dict[str, Any]] = field(default_factory=list)
    values: dict[int, dict[str, Any]] = field(default_factory=dict)
    refusal: tuple[str, str] | None = None
    message: str = ""
    _started: float = field(default_factory=time.perf_counter)
    _peaks: Peaks = field(default_factory=Peaks)

    def add(self, kind: SheetKind, judged: Iterable[Judged], mapping: Mapping[str, Any]) -> None:
        """Take in the verdicts on a chunk of rows."""
        self._peaks.look()
        for item in judged:
            self.counted["rows"] += 1
            self.counted[item.outcome.value] += 1
            if item.problems:
                told = [shown(problem, kind, mapping["indexes"]) for problem in item.problems]
                self.tell(item.line.row_no, told, mapping["labels"])
            if item.line.values and len(self.values) < LISTED:
                self.values[item.line.row_no] = self._by_title(item.line.values)

    def tell(
        self, row_no: int, problems: Iterable[Mapping[str, Any]], labels: Sequence[str]
    ) -> None:
        """Note the problems of one row; ``label`` and ``cell`` are the sender's own."""
        titles = {column.field: column.title for column in self.columns}
        for problem in problems:
            where = self.warn if problem["severity"] == "warning" else self.bad
            if len(where) >= LISTED:
                continue
            entry = {
                "row": row_no,
                "column": titles.get(problem["field"], ""),
                "code": problem["code"],
                "message": problem["message"],
            }
            index = problem["column"]
            if index is not None:
                entry["label"] = labels[index] if index < len(labels) else ""
                entry["cell"] = f"{_letters(index)}{row_no}"
            where.append(entry)

    def add_values(self, row_no: int, values: Mapping[str, Any]) -> None:
        if len(self.values) < LISTED:
            self.values[row_no] = self._by_title(values)

    def _by_title(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            column.title: _plain(values[column.field])
            for column in self.columns
            if column.field in values
        }

    def refuse(self, code: str, sentence: str) -> None:
        """The file as a whole was not taken."""
        self.refusal = (code, sentence)

    @property
    def imported(self) -> int:
        return self.counted["new"]

    @property
    def status(self) -> str:
        if self.refusal or (self.counted["bad"] and not self.imported):
            return "reject"
        return "partial" if self.counted["bad"] else "accept"

    def as_json(self) -> dict[str, Any]:
        bad = self.bad
        if self.refusal:
            code, sentence = self.refusal
            bad = [{"row": None, "column": None, "code": code, "message": sentence}]
        return {
            "status": self.status,
            "imported": 0 if self.refusal else self.imported,
            "rows": self.counted["rows"],
            "bad_rows": self.counted["bad"],
            "same_rows": self.counted["same"],
            "skipped_rows": self.counted["skipped"],
            "bad": bad,
            "warn": self.warn,
            "values": self.values,
            "message": self.message,
            "seconds": round(time.perf_counter() - self._started, 3),
            "peak_mb": self._peaks.megabytes,
        }


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    return plain_value(value)


def _letters(index: int) -> str:
    """The column as a spreadsheet names it: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
