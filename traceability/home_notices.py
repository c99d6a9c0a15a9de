"""What another app tells an operator on its first page, and the entries it adds to the last one.

An app above registers a reader in its ``ready()``; this one knows nothing of what it reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from enterprises.models import Operator


@dataclass(frozen=True, slots=True)
class HomeNotice:
    """One sentence or two across the page, with the page that says more. ``tone`` as of a notice."""

    title: str
    text: str
    url_name: str
    tone: str = "warn"


@dataclass(frozen=True, slots=True)
class MoreEntry:
    """One entry among the shop's own on the page with everything else."""

    label: str
    icon: str
    url_name: str


Reader = Callable[[Operator], list[HomeNotice]]
_readers: list[Reader] = []
_entries: list[MoreEntry] = []


def register(reader: Reader, entry: MoreEntry) -> None:
    """Let the reader speak on the first page; called from an app's ``ready()``, may be called twice."""
    if reader not in _readers:
        _readers.append(reader)
        _entries.append(entry)


def notices_for(operator: Operator) -> list[HomeNotice]:
    """What is said to the operator now. Cost: one query for each reader."""
    return [notice for reader in _readers for notice in reader(operator)]


def more_entries() -> list[MoreEntry]:
    return list(_entries)
