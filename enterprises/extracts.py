"""Lists that may leave as a sheet, by name: who may take each, and how its rows are read.

An app registers its lists in a module that its ``ready()`` imports::

    @extract("operators", "主体名单", Permission.EXPORT_LISTS, page="supervision:operators")
    def operators(actor: Actor, asked: QueryDict, limit: int) -> Extract: ...

The same reader serves the page that downloads a short list at once and the job that writes a long
one, so both say the same, with the sight of whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from enterprises.actor import Actor, Forbidden
from enterprises.roles import Permission


@dataclass(frozen=True, slots=True)
class Extract:
    """One list as it leaves: the file's name, the sheet's, the columns and the rows.

    With ``sheet_column`` each new text in that column begins a sheet of that name, whose columns
    are those in ``sheet_headers`` where it stands there. ``opened_by`` is the id of what let the
    actor see more than its own; once that has ended, the file is not given.
    """

    file_name: str
    sheet_name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Any]]
    county_id: int | None = None
    sheet_column: int | None = None
    sheet_headers: Mapping[str, Sequence[str]] | None = None
    opened_by: int | None = None


Reader = Callable[[Actor, QueryDict, int], Extract]
StillOpen = Callable[[Actor, int], bool]


@dataclass(frozen=True, slots=True)
class Source:
    """A list by name. ``permissions``: any one of them opens it; ``page``: where it is looked at.

    ``page_names``: what of the query belongs into the page's own address; ``still_open``: whether
    what opened an extract (its ``opened_by``) is open to the actor now.
    """

    name: str
    title: str
    permissions: tuple[Permission, ...]
    read: Reader
    page: str
    page_args: tuple[str, ...] = ()
    page_names: tuple[str, ...] = ()
    still_open: StillOpen | None = None

    def is_open_to(self, actor: Actor) -> bool:
        return any(actor.may(permission) for permission in self.permissions)

    def is_still_open(self, actor: Actor, opened_by: int | None) -> bool:
        """Whether the actor may have now what was read by virtue of ``opened_by``."""
        if opened_by is None:
            return True
        return self.still_open is not None and self.still_open(actor, opened_by)

    def address(self, query: str) -> str:
        """The page of the list, filtered as it was asked for."""
        asked = QueryDict(query)
        page = reverse(self.page, args=[*self.page_args, *map(asked.get, self.page_names)])
        return f"{page}?{query}" if query else page

    def require(self, actor: Actor) -> None:
        """Raises: Forbidden."""
        if not self.is_open_to(actor):
            raise Forbidden(self.permissions[0])


_sources: dict[str, Source] = {}


def extract(
    name: str,
    title: str,
    *permissions: Permission,
    page: str,
    page_args: tuple[str, ...] = (),
    page_names: tuple[str, ...] = (),
    still_open: StillOpen | None = None,
) -> Callable[[Reader], Reader]:
    """Register the decorated reader; it reads at most ``limit`` rows, in an order that is whole."""

    def register(reader: Reader) -> Reader:
        _sources[name] = Source(
            name, title, permissions, reader, page, page_args, page_names, still_open
        )
        return reader

    return register


def find_source(name: str) -> Source | None:
    return _sources.get(name)
