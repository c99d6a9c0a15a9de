from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shilian.text import normalise, spellings, tidy_lines, tidy_prose


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("１２３．５", "123.5"),
        ("ＳＣ１２３４", "SC1234"),
        ("张\u200b三", "张三"),
        ("\ufeff大白菜", "大白菜"),
        ("\u202e倒过来\u202c", "倒过来"),
        ("  历下区\u3000 老张  店 ", "历下区 老张 店"),
        ("一\u00a0二", "一 二"),
        ("a\x00b", "ab"),
        ("\ud800", ""),
        ("\u3164", ""),
        ("2026\t年\n5月", "2026 年 5月"),
        ("", ""),
    ],
)
def test_one_line_is_made_comparable(raw: str, expected: str) -> None:
    assert normalise(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("数量记错了，已与对方核对（电话）。", "数量记错了，已与对方核对（电话）。"),
        ("Ａ批第２箱：破损！", "Ａ批第２箱：破损！"),
        ("\u3000 少了\u200b两箱，\u202e司机说\u202c路上压坏  了 ", "少了两箱，司机说路上压坏 了"),
        ("写错\n了", "写错 了"),
        ("\u3164", ""),
        ("", ""),
    ],
)
def test_prose_keeps_its_full_width_characters(raw: str, expected: str) -> None:
    assert tidy_prose(raw) == expected


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("大白菜", ("大白菜",)),
        ("金穗(山东)", ("金穗(山东)", "金穗（山东）")),
        ("金穗（山东）", ("金穗(山东)", "金穗（山东）")),
        ("ＡＢ超市", ("AB超市", "ＡＢ超市")),
        ("AB(山东)", ("AB(山东)", "AB（山东）", "ＡＢ（山东）")),
        ("", ("",)),
    ],
)
def test_a_name_is_looked_for_as_it_may_be_written(typed: str, looked_for: tuple[str, ...]) -> None:
    assert spellings(typed) == looked_for


def test_lines_stay_lines() -> None:
    assert tidy_lines("\r\n第一\u200b行，\r\n第２行 \n\n") == "第一行，\n第２行"


@pytest.mark.parametrize("tidy", [normalise, tidy_prose])
@given(raw=st.text())
def test_a_second_time_changes_nothing(tidy: Callable[[str], str], raw: str) -> None:
    assert tidy(tidy(raw)) == tidy(raw)


@pytest.mark.parametrize("tidy", [normalise, tidy_prose])
@given(raw=st.text())
def test_nothing_unseen_is_left(tidy: Callable[[str], str], raw: str) -> None:
    unseen = {"Cf", "Cc", "Cs", "Zl", "Zp"}

    assert not unseen & {unicodedata.category(char) for char in tidy(raw)}
