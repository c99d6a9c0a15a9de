"""What is wrong with a sheet's rows: each thing once, with all the places where it is so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

TONES = ("bad", "warn", "same", "skipped")
PLACES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to say: ``tone`` is one of TONES, ``label`` the column, empty for whole rows.

    ``places`` are cells, or numbers of what ``unit`` calls them.
    """

    tone: str
    label: str
    message: str
    unit: str = ""
    places: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """E7、E12 for cells, 第 7、12 行 for rows; of very many the first."""
        named = "、".join(self.places[:PLACES_SHOWN])
        more = f" 等 {len(self.places)} 处" if len(self.places) > PLACES_SHOWN else ""
        return f"第 {named} {self.unit}{more}" if self.unit else f"{named}{more}"


def most_urgent_first(told: Iterable[Told]) -> list[Told]:
    """What must be put right, then what may stay, then what was left out."""
    return sorted(told, key=lambda each: TONES.index(each.tone))
