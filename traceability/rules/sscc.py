"""The serial shipping container code (SSCC, 系列货运包装箱代码) on the label of a box or pallet.

Eighteen digits: an extension digit, the company's GS1 prefix, a serial number, a check digit.
Source: GB/T 18127 (商品条码 物流单元编码与条码表示); GS1 General Specifications sections 3.2 (AI 00)
and 7.9 (modulo-10 check digit).
"""

from __future__ import annotations

import re

from shilian.problems import Problem
from shilian.text import normalise

LENGTH = 18
# 厂商识别代码 given out in China have seven to ten digits and begin with 690 to 699.
SHORTEST_PREFIX, LONGEST_PREFIX = 7, 10
# What a scanner sends before the number: its own mark, the separator, the application identifier.
_BEFORE = re.compile(r"^(?:\]C1|\]d2|\]Q3)?\x1d?(?:\(00\)|00(?=\d{18}$))?")
_BLANKS = re.compile(r"[\s\-]+")


def canonical(text: str) -> str:
    """The number as it is kept: digits alone, without what scanners and people put around it."""
    return _BEFORE.sub("", _BLANKS.sub("", normalise(text[:80]))).strip()


def read_sscc(text: str) -> str | None:
    """The eighteen digits; None for anything that is no genuine SSCC."""
    number = canonical(text)
    return None if check_sscc(number) else number


def check_digit(digits: str) -> str:
    """The last digit of a GS1 number: weights 3 and 1 by turns, from the right."""
    weighed = (int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits[::-1], 1))
    return str(-sum(weighed) % 10)


def check_sscc(number: str) -> list[Problem]:
    """Why the digits are no SSCC; nothing for an empty one, because a box needs none."""
    if not number:
        return []
    if not (number.isascii() and number.isdecimal()) or len(number) != LENGTH:
        message = f"箱码（SSCC）是{LENGTH}位数字，现在是“{number[:24]}”，请照标签重新输入或扫描。"
        return [Problem("sscc_not_18_digits", "sscc", message)]
    if check_digit(number[:-1]) != number[-1]:
        message = "箱码（SSCC）的校验位不对，多半输错了一位，请对照标签重新输入或扫描。"
        return [Problem("sscc_wrong_check_digit", "sscc", message)]
    return []


def check_prefix(prefix: str) -> list[Problem]:
    """Why the digits are no company's prefix; nothing for an empty one."""
    if not prefix:
        return []
    is_number = prefix.isascii() and prefix.isdecimal()
    if not is_number or not SHORTEST_PREFIX <= len(prefix) <= LONGEST_PREFIX:
        message = (
            f"厂商识别代码是{SHORTEST_PREFIX}到{LONGEST_PREFIX}位数字（商品条码的前几位），请核对；"
            "没有就空着。"
        )
        return [Problem("prefix_not_a_number", "company_prefix", message)]
    return []


def next_sscc(prefix: str, highest: str) -> str:
    """The number after the highest that this company has given out; empty before the first.

    When all serial numbers of an extension digit are given out, the next digit begins.
    """
    places = LENGTH - 2 - len(prefix)
    if not highest:
        extension, serial = 0, 1
    else:
        serial = int(highest[1 + len(prefix) : -1]) + 1
        extension, serial = int(highest[0]) + serial // 10**places, serial % 10**places
    digits = f"{extension % 10}{prefix}{serial:0{places}d}"
    return digits + check_digit(digits)
