"""From which day on goods count as near their end, at every boundary of the reviewed tiers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from traceability.rules import shelf_life

TODAY = date(2026, 11, 10)


@pytest.mark.parametrize(
    ("shelf_days", "warned"),
    [
        (730, 45),
        (365, 45),
        (364, 20),
        (180, 20),
        (179, 15),
        (90, 15),
        (89, 10),
        (30, 10),
        (29, 5),
        (16, 5),
        (15, 4),
        (12, 4),
        (11, 3),
        (3, 1),
        (2, 0),
        (0, 0),
    ],
)
def test_the_warning_begins_by_the_length_of_the_shelf_life(shelf_days: int, warned: int) -> None:
    assert shelf_life.warned_days(shelf_days, shelf_life.tiers_on(TODAY)) == warned


@pytest.mark.parametrize(
    ("days_left", "said"), [(-1, "expired"), (0, "near"), (45, "near"), (46, "")]
)
def test_goods_are_near_their_end_up_to_their_last_day(days_left: int, said: str) -> None:
    last = TODAY + timedelta(days=days_left)

    assert shelf_life.freshness(last - timedelta(days=365), last, today=TODAY) == said


def test_goods_without_a_last_day_are_never_near_it() -> None:
    assert shelf_life.freshness(TODAY, None, today=TODAY) == ""


def test_every_tier_names_its_basis_and_its_review() -> None:
    assert all(tier.legal_basis and tier.reviewed_on for tier in shelf_life.reviewed_tiers())
    assert shelf_life.reviewed_tiers()[-1].from_days == 0
