"""Where a division stands among those of its level under the same parent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from enterprises.models import Division, Sector
from supervision.metrics import FOUR
from supervision.metrics.base import add
from supervision.queries import tallies
from supervision.queries.indicators import percent_text, ranks
from supervision.queries.tallies import Area


@dataclass(frozen=True, slots=True)
class PeerStanding:
    """One indicator beside the peers': place, how many have data, their sum's rate and the best."""

    rank: int | None
    of: int
    parent_name: str
    parent_rate: Decimal | None
    best_rate: Decimal | None

    @property
    def rank_text(self) -> str:
        """第 3 / 16 名; empty when there is nobody to compare with."""
        return f"第 {self.rank} / {self.of} 名" if self.rank and self.of > 1 else ""

    @property
    def parent_text(self) -> str:
        return percent_text(self.parent_rate)

    @property
    def best_text(self) -> str:
        return percent_text(self.best_rate)


def peer_standings(
    division: Division, month: date, sector: Sector | None = None
) -> Mapping[str, PeerStanding]:
    """The division's standing by indicator; empty for the province, which has no peers.

    Places are told to every bureau, so they are not narrowed to an actor. Cost: one query.
    """
    parent = division.parent
    if parent is None:
        return {}
    found = tallies.by_child(Area(path=parent.path), [month], sector)[month]
    peers = {code: counts for code, counts in found.items() if code}
    if not peers:
        return {}
    total = add(*found.values())
    standings = {}
    for each in FOUR:
        rates = {code: each.rate(counts) for code, counts in peers.items()}
        known = [rate for rate in rates.values() if rate is not None]
        standings[each.code] = PeerStanding(
            rank=ranks(rates).get(division.code),
            of=len(known),
            parent_name=parent.name,
            parent_rate=each.rate(total),
            best_rate=max(known, default=None),
        )
    return standings
