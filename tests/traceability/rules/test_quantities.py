from __future__ import annotations

from decimal import Decimal

import pytest

from traceability.rules.quantities import (
    check_quantity,
    check_unit,
    check_units_agree,
    known_unit,
)


def codes(problems):
    return [(problem.code, problem.severity) for problem in problems]


@pytest.mark.parametrize(
    ("quantity", "unit", "expected"),
    [
        ("0.001", "千克", []),
        ("0", "千克", [("quantity_not_positive", "error")]),
        ("-1", "千克", [("quantity_not_positive", "error")]),
        ("NaN", "千克", [("quantity_not_a_number", "error")]),
        ("Infinity", "千克", [("quantity_not_a_number", "error")]),
        ("1.0010", "千克", []),
        ("1.0001", "千克", [("quantity_too_precise", "error")]),
        ("99999999.999", "千克", [("quantity_unusual", "warning")]),
        ("100000000", "千克", [("quantity_too_large", "error")]),
        ("1E+9", "千克", [("quantity_too_large", "error")]),
        ("5000", "吨", []),
        ("5000.001", "吨", [("quantity_unusual", "warning")]),
    ],
)
def test_a_quantity_is_possible_doubtful_or_impossible(quantity, unit, expected):
    assert codes(check_quantity(Decimal(quantity), unit)) == expected


@pytest.mark.parametrize(
    ("text", "unit"),
    [("KG", "千克"), ("公斤", "公斤"), (" 箱 ", "箱"), ("mL", "毫升"), ("坨", None)],
)
def test_units_are_known_by_their_usual_spellings(text, unit):
    assert known_unit(text) == unit


@pytest.mark.parametrize(
    ("unit", "offered"),
    [
        ("kg/袋", "千克、袋。"),
        ("斤每件", "斤、件。"),
        ("件整", "件。"),
        ("pcs", "千克、斤、箱、袋、瓶。"),
    ],
)
def test_units_within_an_unknown_one_are_offered_first(unit: str, offered: str):
    [problem] = check_unit(unit)

    assert problem.message.split("例如：")[1] == offered


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("公 斤", "公斤"), ("箱(12瓶)", "箱"), ("斤(毛重)", "斤"), ("公斤(千克)", "公斤"),
        ("箱(瓶)", None), ("(箱)", None), ("箱/件", None), ("500g", None),
    ],
)  # fmt: skip
def test_a_note_in_brackets_leaves_the_unit_known(text: str, unit: str | None):
    assert known_unit(text) == unit


@pytest.mark.parametrize(
    ("behind", "own", "codes"),
    [
        ("公斤", "斤", ["units_differ"]), ("kg", "袋", ["units_differ"]), ("kg", "公斤", []),
        ("箱", "箱", []), ("", "箱", []), ("箱", "", []), ("毛重", "斤", []),
    ],
)  # fmt: skip
def test_two_units_of_one_quantity_must_agree(behind: str, own: str, codes: list[str]):
    found = check_units_agree(behind, own, field="quantity")

    assert [problem.code for problem in found] == codes


def test_an_unknown_unit_is_answered_with_near_ones():
    [problem] = check_unit("纸板箱")

    assert problem.code == "unit_unknown"
    assert "箱" in problem.message.split("例如：")[1]
