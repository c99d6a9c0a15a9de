"""When one entry of an operator's books may be declared the second name of another."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from shilian.problems import Problem
from shilian.text import normalise

ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Entry:
    """A product or partner; ``unit`` is empty for partners, ``credit_code`` for products."""

    id: int
    name: str
    specification: str = ""
    unit: str = ""
    credit_code: str = ""
    is_retired: bool = False


def check_merge(entry: Entry, into: Entry) -> list[Problem]:
    """Why the entry cannot be the second name of the other."""
    if entry.id == into.id:
        return [Problem("merge_with_itself", "into", "不能并入它自己，请选择另一个。")]
    if into.is_retired:
        return [Problem("merge_into_retired", "into", "选的那一个已停用，请选择正在用的。")]
    if entry.unit != into.unit:
        message = (
            f"“{entry.name}”按{entry.unit}记，“{into.name}”按{into.unit}记，单位不同不能合并。"
        )
        return [Problem("merge_unit_differs", "into", message)]
    codes = {entry.credit_code, into.credit_code} - {""}
    if len(codes) > 1:
        message = "两家的统一社会信用代码不同，是两家单位，不能合并；请核对代码。"
        return [Problem("merge_code_differs", "into", message)]
    return []


def alike(entry: Entry, others: list[Entry], most: int) -> list[Entry]:
    """Those into which the entry may be merged and whose name is like its own, the likest first."""
    told = f"{normalise(entry.name)} {normalise(entry.specification)}"
    ranked = []
    for other in others:
        if not check_merge(entry, other):
            said = f"{normalise(other.name)} {normalise(other.specification)}"
            likeness = SequenceMatcher(None, told, said).ratio()
            if likeness >= ALIKE:
                ranked.append((-likeness, other.id, other))
    return [other for _, _, other in sorted(ranked, key=lambda each: each[:2])[:most]]
