"""Looking for names that are stored as they were written, half-width or full-width."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from shilian.text import spellings


def part_of(field: str, text: str) -> Q:
    """Rows whose ``field`` contains the text in any of its spellings; keeps indexes of use."""
    return _any_of(f"{field}__contains", spellings(text))


def beginning_of(field: str, text: str) -> Q:
    """Rows whose ``field`` begins with the text in any of its spellings."""
    return _any_of(f"{field}__startswith", spellings(text))


def spelled_as(names: Iterable[str]) -> set[str]:
    """Every spelling of the names, and each as it is, to look them up by."""
    return {each for name in names for each in (name, *spellings(name))}


def _any_of(lookup: str, texts: Iterable[str]) -> Q:
    found = Q()
    for text in texts:
        found |= Q(**{lookup: text})
    return found
