"""The global location number (GLN, 全球位置码): thirteen digits, the last one a check digit.

Source: GB/T 16828 (商品条码 参与方位置编码与条码表示).
"""

from __future__ import annotations

from shilian.problems import Problem
from traceability.rules.sscc import check_digit

LENGTH = 13


def check_gln(number: str) -> list[Problem]:
    """Why the digits are no GLN."""
    if len(number) != LENGTH or not (number.isascii() and number.isdecimal()):
        message = f"全球位置码（GLN）是{LENGTH}位数字，请照中国物品编码中心发的编码填写。"
        return [Problem("gln_not_13_digits", "gln", message)]
    if check_digit(number[:-1]) != number[-1]:
        message = "位置码的最后一位校验位不对，多半输错了一位，请核对。"
        return [Problem("gln_wrong_check_digit", "gln", message)]
    return []
