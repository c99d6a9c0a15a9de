"""Which kinds of jobs have a page of their progress: what it is called, who sees it, where it leads.

An app registers the pages of its jobs in its ``ready()``; a kind without one is shown nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from enterprises.actor import Actor
from enterprises.models import Job


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished job made: its address and a note; ``opens_itself`` when it is a page."""

    url: str
    label: str
    note: str = ""
    opens_itself: bool = False


@dataclass(frozen=True, slots=True)
class JobPage:
    """``outcome`` is None when what was made is no longer kept; ``back`` is an address."""

    title: Callable[[Job], str]
    is_for: Callable[[Actor, Job], bool]
    outcome: Callable[[Job], Outcome | None]
    back: Callable[[Job], str]
    gone: str = "做出来的内容已过保存期，请重新提交。"


_pages: dict[str, JobPage] = {}


def register(kind: str, page: JobPage) -> None:
    """Show the jobs of this kind on this page; may be called twice."""
    _pages[kind] = page


def find_page(kind: str) -> JobPage | None:
    return _pages.get(kind)
