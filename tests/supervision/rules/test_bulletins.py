"""Numbers, days and persons of a bulletin."""

from __future__ import annotations

from datetime import date

import pytest

from supervision.rules.bulletins import addressee, check_issue, check_review, due_on, issuer

MONTH, TODAY = date(2026, 10, 1), date(2026, 11, 5)
GOOD = "鲁食链通报〔2026〕11号"


@pytest.mark.parametrize(
    ("number", "day", "codes"),
    [
        (GOOD, TODAY, []),
        (GOOD, date(2026, 11, 1), []),
        ("", TODAY, ["number_missing"]),
        ("鲁食链通报〔2026〕011号", TODAY, ["number_malformed"]),
        ("鲁食链通报〔2026〕第11号", TODAY, ["number_malformed"]),
        ("鲁食链通报[2026]11号", TODAY, ["number_malformed"]),
        ("鲁食链通报〔26〕11号", TODAY, ["number_malformed"]),
        ("鲁食链通报〔2025〕11号", TODAY, ["number_of_another_year"]),
        (GOOD, None, ["issue_day_missing"]),
        (GOOD, date(2026, 11, 6), ["issue_day_in_future"]),
        (GOOD, date(2026, 10, 28), ["issue_day_before_month_end"]),
        ("", None, ["number_missing", "issue_day_missing"]),
    ],
)
def test_a_number_and_a_day_are_given_as_the_standard_has_them(
    number: str, day: date | None, codes: list[str]
) -> None:
    problems = check_issue(number, day, month=MONTH, today=TODAY)

    assert [each.code for each in problems] == codes


@pytest.mark.parametrize(
    ("drafters", "reviewer", "codes"),
    [
        ({1}, 2, []),
        ({None}, 2, []),
        ({1}, 1, ["reviewer_is_drafter"]),
        ({1, 2}, 2, ["reviewer_is_drafter"]),
        ({None}, None, ["reviewer_is_drafter"]),
    ],
)
def test_nobody_reviews_the_own_draft(
    drafters: set[int | None], reviewer: int | None, codes: list[str]
) -> None:
    assert [each.code for each in check_review(drafters=drafters, reviewer=reviewer)] == codes


@pytest.mark.parametrize(
    ("day", "due"),
    [
        # The fifth itself; a Saturday; the holidays of October; a Sunday that is worked.
        (date(2026, 11, 5), date(2026, 11, 5)),
        (date(2026, 9, 5), date(2026, 9, 7)),
        (date(2025, 10, 5), date(2025, 10, 9)),
        (date(2025, 9, 28), date(2025, 9, 28)),
    ],
)
def test_what_is_due_on_a_holiday_is_due_after_it(day: date, due: date) -> None:
    assert due_on(day) == due


def test_each_level_issues_under_its_name_to_those_below() -> None:
    assert issuer("山东省", "province") == "山东省食品安全追溯工作专班"
    assert issuer("济南市", "city") == "济南市市场监督管理局"
    assert [addressee(level)[:5] for level in ("province", "city", "county")] == [
        "各市市场监", "各县（市、", "各市场监督",
    ]  # fmt: skip
