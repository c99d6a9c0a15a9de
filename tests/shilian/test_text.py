from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shilian.text import normalise, normalise_lines


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


def test_lines_stay_lines() -> None:
    assert normalise_lines("\r\n第一\u200b行\r\n第２行 \n\n") == "第一行\n第2行"


@given(st.text())
def test_a_second_time_changes_nothing(raw: str) -> None:
    assert normalise(normalise(raw)) == normalise(raw)


@given(st.text())
def test_nothing_unseen_is_left(raw: str) -> None:
    unseen = {"Cf", "Cc", "Cs", "Zl", "Zp"}

    assert not unseen & {unicodedata.category(char) for char in normalise(raw)}
