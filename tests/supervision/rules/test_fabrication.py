"""The signals of a made-up month, each at its boundaries, and their sum."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from supervision.rules import fabrication as rules
from supervision.rules.fabrication import MonthFeatures, Seen, judge

HONEST = {"record_count": 100, "day_count": 20, "typed_count": 100, "weighed_count": 100}


def score_of(code: str, **facts: Any) -> int:
    judged = judge(MonthFeatures(**(HONEST | facts)))
    return next((each["score"] for each in judged.signals if each["code"] == code), 0)


@pytest.mark.parametrize(
    ("code", "facts", "score"),
    [
        ("burst", {"last_days_count": 50}, 0),
        ("burst", {"last_days_count": 51}, 3),
        ("burst", {"last_days_count": 70}, 50),
        ("burst", {"last_days_count": 90}, 100),
        ("burst", {"last_days_count": 100}, 100),
        ("burst", {"last_days_count": 100, "is_new": True}, 0),
        ("burst", {"record_count": 9, "last_days_count": 9}, 0),
        ("burst", {"record_count": 10, "last_days_count": 10}, 100),
        ("copied", {"day_count": 21, "copied_days": 12}, 0),
        ("copied", {"day_count": 21, "copied_days": 19}, 100),
        ("copied", {"day_count": 7, "copied_days": 6}, 0),
        ("copied", {"day_count": 8, "copied_days": 7}, 100),
        ("round", {"round_count": 70}, 0),
        ("round", {"round_count": 85}, 50),
        ("round", {"round_count": 100}, 100),
        ("round", {"weighed_count": 14, "round_count": 14}, 0),
        ("round", {"weighed_count": 15, "round_count": 15}, 100),
        ("night", {"night_count": 30}, 0),
        ("night", {"night_count": 80}, 100),
        ("night", {"typed_count": 9, "night_count": 9}, 0),
        ("account", {"account_count": 50, "account_operators": 4}, 0),
        ("account", {"account_count": 50, "account_operators": 15}, 100),
        ("account", {"account_count": 9, "account_operators": 15}, 0),
        ("backdated", {"late_count": 30}, 0),
        ("backdated", {"late_count": 55}, 50),
        ("backdated", {"late_count": 80}, 100),
        ("impossible", {"history_ratio": Decimal(10)}, 0),
        ("impossible", {"history_ratio": Decimal(30)}, 50),
        ("impossible", {"history_ratio": Decimal(50)}, 100),
    ],
)
def test_each_signal_speaks_between_its_bounds(
    code: str, facts: dict[str, Any], score: int
) -> None:
    assert score_of(code, **facts) == score


def test_an_honest_month_scores_nothing() -> None:
    judged = judge(MonthFeatures(**HONEST))

    assert (judged.score, judged.signals) == (0, ())


def test_an_empty_month_divides_by_nothing() -> None:
    assert judge(MonthFeatures()).score == 0


def test_the_whole_is_the_weighted_sum_and_never_beyond_a_hundred() -> None:
    two = judge(MonthFeatures(**HONEST, last_days_count=90, night_count=80))
    every = judge(
        MonthFeatures(
            **(HONEST | {"day_count": 21}),
            last_days_count=100,
            copied_days=20,
            round_count=100,
            night_count=100,
            late_count=100,
            account_count=100,
            account_operators=40,
            history_ratio=Decimal(80),
        )
    )

    assert two.score == rules.BURST.weight + rules.NIGHT.weight
    assert [each["code"] for each in two.signals] == ["burst", "night"]
    assert every.score == 100
    assert len(every.signals) == len(rules.SIGNALS)


def test_tells_the_numbers_that_were_seen() -> None:
    judged = judge(MonthFeatures(**HONEST, late_count=80))

    assert judged.signals[0]["seen"] == "100 条记录里有 80 条超过期限才补录"


@pytest.mark.parametrize(("value", "score"), [("49.99", 0), ("50", 0), ("50.1", 0), ("50.3", 1)])
def test_a_score_is_whole(value: str, score: int) -> None:
    assert rules.BURST.score(Seen(Decimal(value), 100, "")) == score


def test_no_single_signal_puts_an_honest_operator_on_the_list() -> None:
    """The list begins at 40: copying yesterday is a button of ours, markets work at night."""
    assert max(signal.weight for signal in rules.SIGNALS) < 40
