"""What a page says of a division that was merged or split, and of one that took others over."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from enterprises.actor import Actor
from enterprises.models import Division
from enterprises.queries.divisions import Sight, sight_of


@dataclass(frozen=True, slots=True)
class Named:
    """A division by name; ``url`` is empty where the viewer may not open it."""

    name: str
    url: str
    last_day: str


@dataclass(frozen=True, slots=True)
class ReplacedNote:
    """What follows the division and what it follows, one of them empty.

    ``is_handled``: the viewer answers for all that it follows.
    """

    division: Division
    followers: list[Named]
    followed: list[Named]

    @property
    def is_handled(self) -> bool:
        return all(each.url for each in self.followed)


def replaced_note(actor: Actor, division: Division) -> ReplacedNote:
    """Cost: no query."""
    sight = sight_of(actor)
    ended = division.ended_on is not None
    return ReplacedNote(
        division=division,
        followers=[_named(each, sight) for each in division.taken_over_by if ended],
        followed=[_named(each, sight) for each in division.taken_over if not ended],
    )


def _named(told: dict[str, str], sight: Sight) -> Named:
    asked = {"division": told["code"], "month": told.get("last_month", "")}
    query = urlencode({name: value for name, value in asked.items() if value})
    url = f"{reverse('supervision:dashboard')}?{query}" if sight.covers(told["path"]) else ""
    return Named(told["name"], url, told.get("last_day", ""))
