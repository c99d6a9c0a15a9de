"""The number that somebody wrote, and the unit glued to it. What units there are is known above."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

MAX_UNIT = 8
# Spreadsheets show fifteen digits; what floats carry beyond them was never typed.
SHOWN_DIGITS = 15

_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:[, ]\d{3})+(?!\d)|\d+)?(\.\d*)?")
_CURRENCY = re.compile(r"^(?:[¥￥$]|人民币|rmb|cny)\s*", re.IGNORECASE)
_WRITTEN = re.compile(r"[零〇一二三四五六七八九十百千万两俩半壹贰叁肆伍陆柒捌玖拾佰仟]+")
_RANGE = re.compile(r"[\d.]+\D{0,3}\s*[-~～—至到]\s*[\d.]+")
_SCIENTIFIC = re.compile(r"\d[eE][+-]\d")
_SUM = re.compile(r"[\d.]+\D{0,4}\s*[+*×xX/]\s*[\d.]+")
_ABOUT = re.compile(r"约|大概|左右|多|余|若干|少许|适量|几")


class Amount(NamedTuple):
    """A number and the unit as it was written behind it, empty when none was."""

    number: Decimal
    unit: str = ""


class NoNumber(ValueError):
    """The cell holds no one number.

    ``code`` is not_a_number, written_out, range, scientific, calculation, about, percent or date;
    ``advice`` is what to say to the sender behind the name of the column and what stands there.
    """

    def __init__(self, text: str, code: str = "not_a_number", advice: str = "") -> None:
        self.code = code
        self.advice = advice or "不是数字，请改成数字，例如 25 或 12.5。"
        super().__init__(text)


def amount_in(text: str) -> Amount:
    """The number at the beginning of a text that is already normalised, and the unit behind it.

    Reads 1,234.5 and 25公斤 and ¥25; a minus sign stays, whether it may be one is a matter of rules.
    Raises: NoNumber.
    """
    bare = _CURRENCY.sub("", text)
    found = _NUMBER.match(bare)
    if found is None or not (found[2] or (found[3] or "").strip(".")):
        raise _refused(text)
    unit = bare[found.end() :].strip()
    if len(unit) > MAX_UNIT or any(char.isdigit() or char in "+*=" for char in unit):
        raise _refused(text)
    if unit.startswith(("%", "‰")):
        raise NoNumber(text, "percent", "是百分数，请改成数量本身，例如 25 或 12.5。")
    if unit.startswith((",", ".", "-", "~")) or _ABOUT.search(unit):
        raise _refused(text)
    whole = re.sub("[, ]", "", found[2] or "0")
    return Amount(Decimal(f"{found[1]}{whole}{found[3] or ''}"), unit)


def typed_number(text: str) -> Decimal:
    """The number that was typed or shown, of one that a spreadsheet kept: 0.3 of 0.30000000000000004."""
    exact = Decimal(text)
    if len(exact.as_tuple().digits) <= SHOWN_DIGITS:
        return exact
    return Decimal(f"{float(text):.{SHOWN_DIGITS}g}")


def _refused(text: str) -> NoNumber:
    if _RANGE.search(text):
        return NoNumber(text, "range", "是一个范围，请填写实际的一个数字，例如 25。")
    if _SCIENTIFIC.search(text):
        advice = "是科学记数，后面的位数可能已经丢失，请对照原件填写完整的数字。"
        raise NoNumber(text, "scientific", advice)
    if _SUM.search(text):
        return NoNumber(text, "calculation", "是一个算式，请填写算好的数字，例如 240。")
    if _ABOUT.search(text):
        return NoNumber(text, "about", "不是准确的数字，请填写实际的数字，例如 25。")
    if _WRITTEN.match(text):
        return NoNumber(text, "written_out", "是用汉字写的，请改成阿拉伯数字，例如 25 或 12.5。")
    return NoNumber(text)
