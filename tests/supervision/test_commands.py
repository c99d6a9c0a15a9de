"""The numbers' commands."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from supervision.models import OperatorMonth
from tests.builders.enterprises import make_operator
from tests.builders.numbers import make_purchase, noon

pytestmark = pytest.mark.django_db
LISTED = {"listed_at": noon(date(2025, 8, 1)), "activated_at": noon(date(2025, 8, 1))}


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_fills_then_compares_without_a_difference() -> None:
    make_purchase(make_operator(**LISTED), on=date(2026, 1, 5))

    filled = run("fill_numbers")

    assert filled.startswith("处理标记")
    assert run("compare_numbers", "2026-01") == "2026年1月没有差异。\n"


def test_a_planted_change_is_found_and_mended() -> None:
    make_purchase(make_operator(**LISTED), on=date(2026, 1, 5))
    run("fill_numbers")
    OperatorMonth.objects.filter(month=date(2026, 1, 1)).update(purchase_count=9)

    # The row itself, its leaf division, and the sums of the four divisions on its path.
    with pytest.raises(CommandError, match="2026年1月有 6 处差异"):
        run("compare_numbers", "2026-01")
    assert "1 户" in run("rebuild_numbers", "2026-01")
    run("rebuild_numbers", "2026-01", "--commit")

    assert run("compare_numbers", "2026-01") == "2026年1月没有差异。\n"


def test_rebuilds_one_division_alone() -> None:
    make_operator(**LISTED)

    assert "1 行" in run("rebuild_numbers", "2026-01", "--division=370102", "--commit")
    with pytest.raises(CommandError, match="没有区划代码“999999”"):
        run("rebuild_numbers", "2026-01", "--division=999999")


def test_a_bad_month_is_explained() -> None:
    with pytest.raises(CommandError, match="请写成 2026-10 的样子"):
        run("compare_numbers", "十月")


def test_loading_parameters_says_what_it_would_do() -> None:
    assert run("load_parameters") == "将补（加 --commit 写入）参数 0 项、目标 0 项。\n"
