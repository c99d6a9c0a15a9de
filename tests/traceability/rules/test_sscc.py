from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from traceability.rules import sscc

GENUINE = "376104250021234569"


@pytest.mark.parametrize(
    "text",
    [
        GENUINE,
        f"(00){GENUINE}",
        f"00{GENUINE}",
        f"]C100{GENUINE}",
        "3761 0425-0021 234569",
        "３" + GENUINE[1:],
    ],
)
def test_a_number_is_read_as_scanners_and_people_give_it(text: str) -> None:
    """Source: the example of GS1's check-digit calculator."""
    assert sscc.read_sscc(text) == GENUINE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GENUINE[:-1] + "8", "sscc_wrong_check_digit"),
        (GENUINE[:-1], "sscc_not_18_digits"),
        (GENUINE + "1", "sscc_not_18_digits"),
        ("三" * 18, "sscc_not_18_digits"),
        ("", None),
    ],
)
def test_what_is_no_number_is_told(text: str, code: str | None) -> None:
    assert [problem.code for problem in sscc.check_sscc(sscc.canonical(text))] == (
        [code] if code else []
    )


@given(digits=some.text("0123456789", min_size=17, max_size=17), place=some.integers(0, 16))
def test_one_wrong_digit_is_noticed(digits: str, place: int) -> None:
    number = digits + sscc.check_digit(digits)
    other = str((int(number[place]) + 1) % 10)

    assert sscc.read_sscc(number) == number
    assert sscc.read_sscc(number[:place] + other + number[place + 1 :]) is None


@pytest.mark.parametrize(
    ("prefix", "highest", "begins"),
    [
        ("6901234", "", "06901234" + "0" * 8 + "1"),
        ("6901234", "06901234" + "000000099" + "0", "06901234" + "000000100"),
        ("6901234567", "0" + "6901234567" + "9" * 6 + "0", "1" + "6901234567" + "000000"),
    ],
)
def test_numbers_follow_each_other(prefix: str, highest: str, begins: str) -> None:
    number = sscc.next_sscc(prefix, highest)

    assert number.startswith(begins)
    assert sscc.read_sscc(number) == number


@pytest.mark.parametrize(
    ("prefix", "fits"),
    [
        ("690123", False),
        ("6901234", True),
        ("6901234567", True),
        ("69012345678", False),
        ("69o1234", False),
        ("", True),
    ],
)
def test_a_prefix_has_seven_to_ten_digits(prefix: str, fits: bool) -> None:
    assert (sscc.check_prefix(prefix) == []) is fits
