"""Unified social credit codes and licence numbers.

Source: domain.md section 2; GB 32100-2015 (credit code), GB/T 17710 MOD 11,10 (licences).
"""

from __future__ import annotations

import re

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from shilian.problems import Problem, errors

CODE_LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
CODE_FORM = re.compile(f"^[{ALPHABET}]{{18}}$")
LICENCE_FORM = re.compile(r"^(SC|JY|YB)\d{14}$")
# What is meant as a credit code: digits first, or nearly as long as one. The numbers of provincial
# registration cards are free text, mostly with Chinese characters in them.
MEANT_AS_CODE = re.compile(r"^(\d[0-9A-Z]*|[0-9A-Z]{15,})$")


def check_character(first17: str) -> str:
    """The 18th character that belongs to the first 17."""
    total = sum(w * ALPHABET.index(c) for w, c in zip(WEIGHTS, first17, strict=True))
    return ALPHABET[(31 - total) % 31]


def check_credit_code(code: str, *, field: str = "credit_code") -> list[Problem]:
    """Problems of a credit code that was already normalised.

    Wrong length or characters refuse the code; a wrong check character only warns, because real
    registers hold such codes. Codes that begin with a letter (farms' cooperatives) are right.
    """
    if not CODE_FORM.match(code):
        message = "统一社会信用代码应为18位，由数字和大写字母组成（不含 I、O、S、V、Z），请对照营业执照重新填写。"
        return [Problem("credit_code_malformed", field, message)]
    expected = check_character(code[:17])
    if code[17] != expected:
        message = f"统一社会信用代码的最后一位校验不符（按前17位推算应为 {expected}），请对照营业执照核对；确认无误可以继续。"
        return [Problem("credit_code_check_digit", field, message, severity="warning")]
    return []


def check_licence_number(number: str, *, field: str = "licence_number") -> list[Problem]:
    """Problems of an SC, JY or YB number; provincial registration cards have no common form."""
    if number[:2] not in ("SC", "JY", "YB"):
        return []
    if not LICENCE_FORM.match(number):
        message = f"许可证编号应为 {number[:2]} 加14位数字，请对照许可证重新填写。"
        return [Problem("licence_number_malformed", field, message)]
    # The layout of YB numbers is unconfirmed, so only their form is checked.
    if number.startswith("YB"):
        return []
    try:
        mod_11_10.validate(number[2:])
    except ValidationError:
        message = "许可证编号的最后一位校验不符，请对照许可证核对；确认无误可以继续。"
        return [Problem("licence_number_check_digit", field, message, severity="warning")]
    return []


def check_own_number(number: str, *, field: str = "number") -> list[Problem]:
    """Why a normalised number can be neither credit code nor licence number of anybody.

    Judged by its form alone, so that the answer tells nothing of the register; what might be a
    registration card's number passes.
    """
    if number[:2] in ("SC", "JY", "YB"):
        found = check_licence_number(number, field=field)
    elif len(number) != CODE_LENGTH and MEANT_AS_CODE.match(number):
        message = (
            f"统一社会信用代码是{CODE_LENGTH}位，您填了{len(number)}位，请对照营业执照补全；"
            "也可以填许可证编号，例如 JY 加14位数字。"
        )
        found = [Problem("number_length", field, message)]
    else:
        found = check_credit_code(number, field=field) if MEANT_AS_CODE.match(number) else []
    return errors(found)
