"""What the radar's rules say, and the thresholds they are given."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from supervision.rules import radar as rules
from supervision.rules.judgement import MonthCounts, is_active, is_covered
from supervision.rules.parameters import MissingParameter
from supervision.rules.radar import RadarParameters, Severity, due_on, radar_parameters_from

VALUES = {each.name: Decimal(3) for each in fields(RadarParameters)}


@pytest.mark.parametrize(
    ("rule", "facts", "sentence"),
    [
        (
            rules.OVERSOLD,
            {
                "name": "面粉",
                "count": 2,
                "quantity": 12.500,
                "unit": "袋",
                "first_on": "2026-11-01",
            },
            "面粉有 2 个批次，卖出和用掉的比进的多 12.5袋，最早一批 2026年11月1日 入库。",
        ),
        (
            rules.UNSOLD,
            {"count": 7, "first_on": "2026-10-02"},
            "从事批发，2026年10月2日 以来进货 7 批，没有一条销售记录。",
        ),
        (
            rules.PAPERS_EXPIRED,
            {"kind": "SC", "name": "SC1", "last_on": "2026-01-31"},
            "食品生产许可证 SC1 于 2026年1月31日 到期，没有换发新证的登记。",
        ),
        (rules.FELL_SILENT, {}, "曾经达到活跃，从 — 以后没有新的有效记录。"),
        (
            rules.NEVER_STARTED,
            {"activated_on": "2026-07-13", "last_on": None},
            "2026年7月13日 激活，至今没有达到过活跃，最近一次有效记录：—。",
        ),
    ],
)
def test_tells_the_cause_with_names_and_numbers(
    rule: rules.RadarRule, facts: dict[str, Any], sentence: str
) -> None:
    assert rule.cause_of(facts) == sentence


def test_braces_in_a_name_are_only_a_name() -> None:
    said = rules.PARTNER_MISSING.cause_of({"name": "{0}{x!r}%s", "count": 3})

    assert said.startswith("从“{0}{x!r}%s”进货 3 批")


def test_every_message_says_what_to_do_and_where_it_comes_from() -> None:
    for rule in rules.RADAR_RULES:
        assert rule.message_of({}).endswith(rule.remedy)
        assert rule.source
        assert rule.due_days > 0
        assert isinstance(rule.severity, Severity)
    assert len(rules.BY_CODE) == len(rules.RADAR_RULES)


def test_is_due_so_many_days_after_it_was_found() -> None:
    assert due_on(date(2026, 12, 30), rules.PAPERS_EXPIRED) == date(2027, 1, 2)


def test_a_threshold_that_is_missing_is_named() -> None:
    given = {name: value for name, value in VALUES.items() if name != "radar_unsold_days"}

    assert radar_parameters_from(VALUES).radar_unsold_days == 3
    with pytest.raises(MissingParameter) as missing:
        radar_parameters_from(given)

    assert missing.value.codes == ["radar_unsold_days"]


@pytest.mark.parametrize("quiet", [True, False])
def test_an_excluded_month_is_neither_active_nor_covered(quiet: bool) -> None:
    counts = MonthCounts(days=0b1111, classes=0b1, valid_count=4)

    assert not is_active(counts, required_days=4, quiet=quiet, excluded=True)
    assert not is_covered(counts, own_classes=0b1, all_goods_classes=0, excluded=True)
    assert is_active(counts, required_days=4, quiet=quiet)
    assert is_covered(counts, own_classes=0b1, all_goods_classes=0)
