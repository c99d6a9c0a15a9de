"""What a line of the search for a common source means, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from shilian.problems import Problem
from traceability.rules.codes import public_code
from traceability.rules.common_source import (
    MOST_LINES,
    FindingKind,
    FindingLine,
    Mention,
    check_lines,
    lines_of,
    read_line,
)

LABORATORY = FindingKind.LABORATORY


def line(text: str) -> FindingLine:
    return FindingLine(LABORATORY, 1, text)


def numbered(count: int, kind: FindingKind = LABORATORY) -> list[FindingLine]:
    return [FindingLine(kind, row, f"店 {row}") for row in range(1, count + 1)]


def test_blank_lines_count_for_the_row_and_say_nothing() -> None:
    lines = lines_of([(LABORATORY, "甲店 1\n\n 乙店 2 "), (FindingKind.CLEAN, "")])

    assert [(each.row, each.text) for each in lines] == [(1, "甲店 1"), (3, "乙店 2")]


def test_what_was_typed_full_width_is_looked_up_all_the_same() -> None:
    [found] = lines_of([(LABORATORY, "盛禾批发，Ａ－１\u200b")])

    assert found.text == "盛禾批发,A-1"


@pytest.mark.parametrize(
    ("text", "operator", "number", "day"),
    [
        ("盛禾批发 20261101", "盛禾批发", "20261101", None),
        ("盛禾批发,A-1", "盛禾批发", "A-1", None),
        ("老 张 面馆 B2", "老 张 面馆", "B2", None),
        ("实验小学 2026-11-05", "实验小学", "", date(2026, 11, 5)),
        ("实验小学 2026年11月5日", "实验小学", "", date(2026, 11, 5)),
        ("实验小学 2026/2/30", "实验小学", "2026/2/30", None),
    ],
)
def test_reads_an_operator_with_a_number_or_a_day(
    text: str, operator: str, number: str, day: date | None
) -> None:
    found = read_line(line(text))

    assert isinstance(found, Mention)
    assert (found.operator, found.batch_number, found.day) == (operator, number, day)


def test_reads_a_code_as_it_is_printed() -> None:
    code = public_code(12345, 7)

    found = read_line(line(f"{code[:4]} {code[4:8]} {code[8:].lower()}"))

    assert isinstance(found, Mention)
    assert found.code is not None
    assert found.code.batch_id == 12345


def test_a_single_word_that_is_no_code_is_refused() -> None:
    found = read_line(line("20261101"))

    assert isinstance(found, Problem)
    assert (found.code, found.field, found.row) == ("unreadable_finding", "laboratory", 1)


def test_a_meal_reaches_back_a_fortnight() -> None:
    found = read_line(line("实验小学 2026-11-15"))

    assert isinstance(found, Mention)
    assert found.since == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (numbered(1), ["too_few_findings"]),
        (numbered(2), []),
        (numbered(2, FindingKind.CLEAN), ["too_few_findings"]),
        (numbered(MOST_LINES), []),
        (numbered(MOST_LINES + 1), ["too_many_findings"]),
        ([*numbered(2), FindingLine(FindingKind.CLEAN, 1, "店 2")], ["repeated_finding"]),
    ],
)
def test_checks_how_many_there_are(lines: list[FindingLine], codes: list[str]) -> None:
    assert [problem.code for problem in check_lines(lines)] == codes
