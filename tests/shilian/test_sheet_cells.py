"""Days, codes and amounts as people write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from shilian.sheets.cells import Lossy, NoDay, NoNumber, amount_of, code_of, day_of, text_of
from shilian.sheets.reader import Cell

APRIL = date(2026, 4, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-01", "2026/4/1", "2026.4.1", "2026.04.01", "2026年4月1日", "2026 年 4 月 1 日",
        "2026年4月1号", "20260401", "２０２６．４．１", "2026－04－01",
        "2026-04-01 08:30:00", "2026-04-01T08:30:00", "2026-04-01T08:30:00.000+08:00",
        "2026/4/1 8:30", "2026年4月1日 8时30分", "2026年4月1日上午8:30", "2026-04-01 星期三",
        "2026年4月1日(周三)", "26.4.1", "26-04-01", "26/4/1", "26年4月1日", "4月1日", "4.1", "4/1", "04-01",
        "1-Apr-26", "01-Apr-2026", "Apr 1, 2026", "二〇二六年四月一日", "'2026-04-01",
        "\u200b2026-04-01\xa0", "\u202d2026/4/1\u202c", "2026 4 1",
        "2026—4—1", "2026–04–01", "2026、4、1", "2026。4。1", "2026.4.1.", "2026\\4\\1", "2026_04_01",
        "2026:04:01", "2026-04-01（三）", "4月1日 周三", "4月1日上午", "4月1日 8:30",
        "20260401 08:30", "20260401083000", "202604010830", "260401", "46113", "46113.35",
        "Wed Apr 01 2026", "01APR2026", "1st April 2026", "2026-Apr-01", "2026 Apr 1",
        "二O二六年四月一日", "二0二六年04月01日", "贰零贰陆年肆月零壹日", "2026年四月1日", "四月一日",
        "二〇二六.四.一", "日期：2026-04-01", "生产日期 2026年4月1日",
    ],
)  # fmt: skip
def test_a_day_in_every_common_form(text: str) -> None:
    assert day_of(Cell(text, "text"), year=2026) == APRIL


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (Cell("46113", "number"), APRIL),
        (Cell("46113.35", "number"), APRIL),
        (Cell("20260401", "number"), APRIL),
        (Cell("2026-04-01 23:59:59", "date"), APRIL),
        (Cell("4/25/2026", "text"), date(2026, 4, 25)),
        (Cell("25/4/2026", "text"), date(2026, 4, 25)),
        (Cell("4/25/26", "text"), date(2026, 4, 25)),
        (Cell("4/4/2026", "text"), date(2026, 4, 4)),
        (Cell("26.4.26", "text"), date(2026, 4, 26)),
        (Cell("二〇二六年十二月三十一日", "text"), date(2026, 12, 31)),
        (Cell("2024-02-29", "text"), date(2024, 2, 29)),
        (Cell("—", "text"), None),
    ],
)
def test_days_of_every_kind_of_cell(cell: Cell, day: date | None) -> None:
    assert day_of(cell) == day


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell("4/1/2026", "text"), "ambiguous"),
        (Cell("1.4.26", "text"), "ambiguous"),
        (Cell("2026-02-29", "text"), "impossible"),
        (Cell("2026-13-01", "text"), "impossible"),
        (Cell("20260431", "number"), "impossible"),
        (Cell("13/13/2026", "text"), "impossible"),
        (Cell("1900-01-25", "date"), "impossible"),
        (Cell("1900-02-29", "text"), "impossible"),
        (Cell("昨天", "text"), "relative"),
        (Cell("上周三", "text"), "relative"),
        (Cell("2026年4月", "text"), "month_only"),
        (Cell("2026-04", "text"), "month_only"),
        (Cell("46113", "text"), "unreadable"),
        (Cell("260401", "text"), "unreadable"),
        (Cell("20260401083000", "text"), "unreadable"),
        (Cell("四月一日", "text"), "unreadable"),
        (Cell("2O26-04-01", "text"), "unreadable"),
        (Cell("同上", "text"), "ditto"),
        (Cell("〃", "text"), "ditto"),
        (Cell("2026-04-01至2026-04-03", "text"), "unreadable"),
        (Cell("2026-04-01 批号123", "text"), "unreadable"),
        (Cell("2026-04-01-02", "text"), "unreadable"),
        (Cell("4.1-4.3", "text"), "unreadable"),
        (Cell("A0401", "text"), "unreadable"),
        (Cell("12.5", "number"), "unreadable"),
        (Cell("12:00:00", "time"), "unreadable"),
        (Cell("#N/A", "error"), "unreadable"),
    ],
)
def test_what_is_no_day_says_why(cell: Cell, code: str) -> None:
    with pytest.raises(NoDay) as refused:
        day_of(cell)

    assert refused.value.code == code
    assert refused.value.advice.endswith("。")


@pytest.mark.parametrize(
    "text",
    ["26/04", "13/4", "4.1-4.3", "4、1", "0401", "010426", "99113", "260431", "20260401250000"],
)
def test_a_day_without_its_year_is_not_guessed(text: str) -> None:
    with pytest.raises(NoDay):
        day_of(Cell(text, "text"), year=2026)


def test_letters_for_digits_are_named() -> None:
    with pytest.raises(NoDay) as refused:
        day_of(Cell("2O26-04-l1", "text"))

    assert "字母 O 改成 0" in refused.value.advice


@pytest.mark.parametrize("text", ["", "—", "————", "……", "…", "/", "\\", "无", "(空)", "N/A"])
def test_what_says_nothing_is_blank(text: str) -> None:
    assert text_of(Cell(text, "text")) == ""


def test_an_ambiguous_day_names_both_readings() -> None:
    with pytest.raises(NoDay) as refused:
        day_of(Cell("4/1/2026", "text"))

    assert "2026-01-04 或 2026-04-01" in refused.value.advice


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell("0690123456789", "text"), "0690123456789"),
        (Cell("'0690123", "text"), "0690123"),
        (Cell("6901234567890\t", "text"), "6901234567890"),
        (Cell("690 1234 567890", "text"), "6901234567890"),
        (Cell("６９０１\u200b２３４", "text"), "6901234"),
        (Cell("123456789012345", "number"), "123456789012345"),
        (Cell("12E3", "text"), "12E3"),
        (Cell("b2026-04", "text"), "B2026-04"),
        (Cell("=A1", "formula"), ""),
    ],
)
def test_a_code_is_text_for_ever(cell: Cell, code: str) -> None:
    assert code_of(cell) == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell("6.90123E+12", "text"), "scientific"),
        (Cell("9.137e+17", "number"), "scientific"),
        (Cell("1234567890123456", "number"), "rounded"),
        (Cell("12.5", "number"), "fraction"),
        (Cell("#REF!", "error"), "error"),
        (Cell("是", "boolean"), "boolean"),
    ],
)
def test_a_code_that_lost_digits_says_how(cell: Cell, code: str) -> None:
    with pytest.raises(Lossy) as refused:
        code_of(cell)

    assert refused.value.code == code
    assert refused.value.advice.endswith("。")


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("25", "25", ""),
        ("1,234.50", "1234.50", ""),
        ("１２．５", "12.5", ""),
        ("1 234", "1234", ""),
        (".5", "0.5", ""),
        ("25.", "25", ""),
        ("+3", "3", ""),
        ("-3箱", "-3", "箱"),
        ("25公斤", "25", "公斤"),
        ("25 公斤(kg)", "25", "公斤(kg)"),
        ("3箱", "3", "箱"),
        ("12.5KG", "12.5", "KG"),
        ("¥25.00", "25.00", ""),
        ("25元", "25", "元"),
        ("25（箱）", "25", "箱"),
        ("25箱。", "25", "箱"),
        ("25、", "25", ""),
        ("2千克", "2", "千克"),
        ("−5", "-5", ""),
        ("'25", "25", ""),
        ("\u200b25\xa0斤", "25", "斤"),
    ],
)
def test_an_amount_with_the_unit_glued_to_it(text: str, number: str, unit: str) -> None:
    assert amount_of(Cell(text, "text")) == (Decimal(number), unit)


@pytest.mark.parametrize(
    ("kept", "typed"),
    [("0.30000000000000004", "0.3"), ("25.3", "25.3"), ("1e-07", "0.0000001"), ("1e+16", "1E+16")],
)
def test_a_number_is_what_was_typed(kept: str, typed: str) -> None:
    found = amount_of(Cell(kept, "number"))

    assert found is not None
    assert found.number == Decimal(typed)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell("二十五", "text"), "written_out"),
        (Cell("三箱", "text"), "written_out"),
        (Cell("25-30", "text"), "range"),
        (Cell("10*24", "text"), "calculation"),
        (Cell("6.9E+12桶", "text"), "scientific"),
        (Cell("25+5公斤", "text"), "calculation"),
        (Cell("约25", "text"), "about"),
        (Cell("25左右", "text"), "about"),
        (Cell("若干", "text"), "about"),
        (Cell("25%", "text"), "percent"),
        (Cell("12,5", "text"), "comma"),
        (Cell("1.5万", "text"), "written_out"),
        (Cell("3斤半", "text"), "written_out"),
        (Cell("10箱24瓶", "text"), "several"),
        (Cell("10箱（24瓶）", "text"), "several"),
        (Cell("1O", "text"), "letters"),
        (Cell("l0", "text"), "letters"),
        (Cell("1e3", "text"), "scientific"),
        (Cell("同上", "text"), "ditto"),
        (Cell("〃", "text"), "ditto"),
        (Cell("1.2.3", "text"), "not_a_number"),
        (Cell("abc", "text"), "not_a_number"),
        (Cell("1900-01-25", "date"), "date"),
        (Cell("是", "boolean"), "not_a_number"),
        (Cell("#VALUE!", "error"), "not_a_number"),
    ],
)
def test_what_is_no_amount_says_why(cell: Cell, code: str) -> None:
    with pytest.raises(NoNumber) as refused:
        amount_of(cell)

    assert refused.value.code == code
    assert refused.value.advice.endswith("。")


def test_blank_amounts_are_none() -> None:
    assert amount_of(Cell("—", "text")) is None
    assert amount_of(Cell("=A1*2", "formula")) is None
    assert text_of(Cell("=A1*2", "formula")) == ""
