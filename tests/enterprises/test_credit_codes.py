"""Vectors of domain.md section 2."""

import pytest

from enterprises.rules import credit_codes


@pytest.mark.parametrize(
    "code",
    ["91110000600037341L", "913700001630477270", "91370200163562681G", "N2370102MF0000000K"],
)
def test_a_right_credit_code_has_no_problem(code):
    assert credit_codes.check_credit_code(code) == []


def test_a_wrong_check_character_only_warns():
    [problem] = credit_codes.check_credit_code("91370100614011411R")

    assert (problem.code, problem.severity) == ("credit_code_check_digit", "warning")
    assert "应为 J" in problem.message


@pytest.mark.parametrize(
    "code", ["", "9111000060003734", "91110000600037341LX", "9111000060003734IL"]
)
def test_a_malformed_credit_code_is_refused(code):
    [problem] = credit_codes.check_credit_code(code)

    assert (problem.code, problem.severity) == ("credit_code_malformed", "error")


@pytest.mark.parametrize(
    "number",
    ["SC10811310111839", "SC11834020305037", "SC10744030704994", "JY23506230105266"]
    + ["JY13101060025900", "JY23701020073753", "JY23701020055671", "鲁小作坊0012号"],
)
def test_a_right_licence_number_has_no_problem(number):
    assert credit_codes.check_licence_number(number) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("SC11537060012345", "licence_number_check_digit"),
        ("SC1153706001234", "licence_number_malformed"),
        ("JY1370102005567X", "licence_number_malformed"),
    ],
)
def test_a_wrong_licence_number_names_its_fault(number, code):
    assert [p.code for p in credit_codes.check_licence_number(number)] == [code]


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("91370102", ["number_length"]),
        ("91370100614011411", ["number_length"]),
        ("91370100614011411JJ", ["number_length"]),
        ("N2370102MF000000", ["number_length"]),
        ("91370100614011411J", []),
        ("91370100614011411R", []),
        ("9137010061401141OJ", ["credit_code_malformed"]),
        ("JY13701020000000", []),
        ("JY1370102000000", ["licence_number_malformed"]),
        ("SC1", ["licence_number_malformed"]),
        ("鲁历下小餐饮0001", []),
        ("登1", []),
        ("X1", []),
    ],
)
def test_a_number_that_can_be_nobodys_is_told_by_its_form(number, codes):
    assert [problem.code for problem in credit_codes.check_own_number(number)] == codes
