"""Hiding small cells in public statistics, so that no sum gives them away again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LEAST = 5

Parts = Sequence[int]


def is_small(parts: Parts) -> bool:
    """Whether any group of the cell has from one to four operators; none at all names nobody."""
    return any(0 < part < LEAST for part in parts)


def hidden_cells(cells: Mapping[str, Parts]) -> set[str]:
    """Which cells of a column to hide: the small ones, and as many more as protect them.

    A cell's ``parts`` are the groups that it tells apart, such as registered and not registered.
    The column's total is public, so what is hidden together must itself be no small cell, and no
    hidden group may stand alone: the smallest others are hidden with it until that is so.
    Source: domain.md section 8 (cells of fewer than five operators).
    """
    hidden = {key for key, parts in cells.items() if is_small(parts)}
    others = sorted(cells.keys() - hidden, key=lambda key: (sum(cells[key]), key))
    while hidden and others and not _is_protected([cells[key] for key in hidden]):
        hidden.add(others.pop(0))
    return hidden


def _is_protected(hidden: Sequence[Parts]) -> bool:
    """Whether every group that is small somewhere is shared, and none is small in sum."""
    groups = list(zip(*hidden, strict=True))
    if any(0 < sum(group) < LEAST for group in groups):
        return False
    return all(_is_shared(group) for group in groups if is_small(group))


def _is_shared(group: Parts) -> bool:
    """Whether the sum leaves it open which of the cells holds how much."""
    return sum(1 for part in group if part) > 1
