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
_SCIENTIFIC = re.compile(r"\d[eE][+-]?\d")
_SUM = re.compile(r"[\d.]+\D{0,4}\s*[+*×xX/⁄]\s*[\d.]+")
_COMMA = re.compile(r"^\D?[\d.]+,[\d.,]+\D*$")
_SEVERAL = re.compile(r"\d[^\d.,]+\d")
# 1.5万, 3斤半: the word behind the number changes it. 千克 is a unit.
_MULTIPLIED = re.compile(r"[百千万亿](?!克)|.*半$")
_END_MARKS = "。、,;:."
_BRACKETED = re.compile(r"[(\[【]([^()\[\]【】]+)[)\]】]")
_MINUS = re.compile(r"^[‐–—−]\s*(?=[\d.])")
_LETTERS = "里有字母，请把字母 O 改成 0、字母 l 改成 1。"
_LOOKALIKES = str.maketrans("OoIl", "0011")
_ABOUT = re.compile(r"约|大概|左右|多|余|若干|少许|适量|几")


class Amount(NamedTuple):
    """A number and the unit as it was written behind it, empty when none was."""

    number: Decimal
    unit: str = ""


class NoNumber(ValueError):
    """The cell holds no one number.

    ``code`` is not_a_number, written_out, range, scientific, calculation, several, about, percent,
    comma, letters, ditto or date;
    ``advice`` is what to say to the sender behind the name of the column and what stands there.
    """

    def __init__(self, text: str, code: str = "not_a_number", advice: str = "") -> None:
        self.code = code
        self.advice = advice or "不是数字，请改成数字，例如 25 或 12.5。"
        super().__init__(text)


def amount_in(text: str) -> Amount:
    """The number at the beginning of a text that is already normalised, and the unit behind it.

    Reads 1,234.5 and 25公斤 and 25(箱) and ¥25; a minus sign stays, whether it may be one is a matter
    of rules.
    Raises: NoNumber.
    """
    bare = _MINUS.sub("-", _CURRENCY.sub("", text))
    found = _NUMBER.match(bare)
    if found is None or not (found[2] or (found[3] or "").strip(".")):
        raise _refused(text)
    behind = bare[found.end() :].strip()
    if _MULTIPLIED.match(behind):
        advice = "里有“万”“半”这样的字，请写成完整的数字，例如 15000 或 3.5。"
        raise NoNumber(text, "written_out", advice)
    unit = _unit_of(behind)
    if unit and not unit.strip("OoI"):
        raise NoNumber(text, "letters", _LETTERS)
    if len(unit) > MAX_UNIT or any(char.isdigit() or char in "+*=" for char in unit):
        raise _refused(text)
    if unit.startswith(("%", "‰")):
        raise NoNumber(text, "percent", "是百分数，请改成数量本身，例如 25 或 12.5。")
    if unit.startswith((",", ".", "-", "~")) or _ABOUT.search(unit):
        raise _refused(text)
    whole = re.sub("[, ]", "", found[2] or "0")
    return Amount(Decimal(f"{found[1]}{whole}{found[3] or ''}"), unit)


def _unit_of(behind: str) -> str:
    """The unit without the marks that end a sentence, and out of brackets that hold nothing else."""
    bare = behind.rstrip(_END_MARKS + " ")
    found = _BRACKETED.fullmatch(bare)
    return found[1].strip() if found else bare


def typed_number(text: str) -> Decimal:
    """The number that was typed or shown, of one that a spreadsheet kept: 0.3 of 0.30000000000000004."""
    exact = Decimal(text)
    if len(exact.as_tuple().digits) <= SHOWN_DIGITS:
        return exact
    return Decimal(f"{float(text):.{SHOWN_DIGITS}g}")


# Each with its code and its advice; the first that applies is told.
_REASONS = (
    (_RANGE, "range", "是一个范围，请填写实际的一个数字，例如 25。"),
    (
        _SCIENTIFIC,
        "scientific",
        "是科学记数，后面的位数可能已经丢失，请对照原件填写完整的数字。",
    ),
    (_SUM, "calculation", "是一个算式，请填写算好的数字，例如 240。"),
    (_ABOUT, "about", "不是准确的数字，请填写实际的数字，例如 25。"),
    (_COMMA, "comma", "里的逗号看不出是小数点还是千分号，请写成 1234 或 12.5 这样。"),
    (_SEVERAL, "several", "里不止一个数字，请换算成一个单位，只写一个数字，例如 25。"),
)


def _refused(text: str) -> NoNumber:
    for pattern, code, advice in _REASONS:
        if pattern.search(text):
            return NoNumber(text, code, advice)
    if _WRITTEN.match(text):
        return NoNumber(text, "written_out", "是用汉字写的，请改成阿拉伯数字，例如 25 或 12.5。")
    if _NUMBER.fullmatch(text.translate(_LOOKALIKES)) and any(char.isdigit() for char in text):
        return NoNumber(text, "letters", _LETTERS)
    return NoNumber(text)
