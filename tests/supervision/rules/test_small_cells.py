"""Small cells of public figures, and what would give them away."""

from __future__ import annotations

from itertools import product

import pytest

from supervision.rules.small_cells import LEAST, hidden_cells, is_small


@pytest.mark.parametrize(
    ("parts", "is_one"),
    [((0, 0), False), ((1, 9), True), ((4, 9), True), ((5, 9), False), ((9, 4), True)],
)
def test_a_cell_is_small_from_one_to_four(parts: tuple[int, int], is_one: bool) -> None:
    assert is_small(parts) is is_one


@pytest.mark.parametrize(
    ("cells", "hidden"),
    [
        ({"a": (9,), "b": (9,)}, set()),
        # Alone it would be the total less the others: the next smallest goes with it.
        ({"a": (3,), "b": (9,), "c": (8,)}, {"a", "c"}),
        # Two small ones whose sum is five protect each other; one that sums to four does not.
        ({"a": (2,), "b": (3,), "c": (8,)}, {"a", "b"}),
        ({"a": (2,), "b": (2,), "c": (8,)}, {"a", "b", "c"}),
        # A cell of nothing protects nobody.
        ({"a": (3,), "b": (0,), "c": (8,), "d": (9,)}, {"a", "b", "c"}),
        # The other side of a figure is told by it as well.
        ({"a": (20, 2), "b": (20, 8), "c": (30, 9)}, {"a", "b"}),
        ({"a": (3,)}, {"a"}),
    ],
)
def test_hides_what_gives_a_small_cell_away(
    cells: dict[str, tuple[int, ...]], hidden: set[str]
) -> None:
    assert hidden_cells(cells) == hidden


def test_no_total_tells_a_hidden_small_cell() -> None:
    """Every column of four small numbers: what is hidden has more than one possible reading."""
    for values in product(range(8), repeat=4):
        cells = {name: (value,) for name, value in zip("abcd", values, strict=True)}
        hidden = hidden_cells(cells)
        rest = sum(values) - sum(cells[key][0] for key in cells.keys() - hidden)

        assert all(key in hidden for key, parts in cells.items() if is_small(parts))
        if hidden and hidden != set(cells):
            assert rest >= LEAST
            assert sum(1 for key in hidden if cells[key][0]) > 1
