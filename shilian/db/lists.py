"""Long lists as parameters: one text each, for item by item the driver takes ten times as long."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

# Stands in no name or number that was ever taken in.
SEPARATOR = "\x1e"
# What a statement has in place of ``%s`` for a list of texts.
TEXTS = "string_to_array(%s, chr(30))"
NUMBERS = "%s::bigint[]"


def texts(items: Collection[str]) -> str:
    """The value for ``TEXTS``, to look things up by.

    An item with the separator in it is left out, as nothing is called so; a lone empty one comes twice,
    for alone it would be an empty list.
    """
    joined = SEPARATOR.join(items)
    if items and joined.count(SEPARATOR) >= len(items):
        return texts([item for item in items if SEPARATOR not in item])
    return joined or (SEPARATOR if items else "")


def array(items: Iterable[int | Decimal | date]) -> str:
    """Numbers or days as PostgreSQL writes an array of them: the value for ``NUMBERS``."""
    return f"{{{','.join(map(str, items))}}}"
