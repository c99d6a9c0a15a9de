"""What the name of a photo says: the number of a voucher or batch, or whose delivery of which day."""

from __future__ import annotations

import re
from datetime import date

from shilian.text import normalise

SHORTEST_TOKEN = 3
# What phones and people put behind the name of the second photo of the same paper.
_COUNTER = re.compile(r"[\s_.-]*(\(\d{1,3}\)|第?\d{1,2}张|[\s_-]\d{1,2}|正面|反面|背面)$")
_BETWEEN = re.compile(r"[\s_,、。()+&]+")
_DAY = re.compile(r"(20\d{2})[-._年]?(\d{1,2})[-._月]?(\d{1,2})日?")


def stem_of(name: str) -> str:
    """The name without folders and without what says the format."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    return normalise(bare.rsplit(".", 1)[0] if "." in bare else bare)


def numbers_in(stem: str) -> tuple[str, ...]:
    """The numbers that the name may mean, the likeliest first; in capitals without blanks."""
    bare = _COUNTER.sub("", stem)
    tokens = [part for part in _BETWEEN.split(stem) if len(part) >= SHORTEST_TOKEN]
    found = (text.upper().replace(" ", "") for text in (stem, bare, *tokens))
    return tuple(dict.fromkeys(text for text in found if text))


def day_in(stem: str) -> date | None:
    """The day that the name says: 20260401, 2026-4-1, 2026年4月1日; None without one that exists."""
    for found in _DAY.finditer(stem):
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def names_partner(stem: str, partner: str) -> bool:
    """Whether the partner's name stands in the name of the photo."""
    return bool(partner) and normalise(partner).replace(" ", "") in stem.replace(" ", "")
