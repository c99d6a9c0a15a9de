"""What a cell means: a code that stays text for ever, a day or an amount in any form people write."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from shilian.sheets.amounts import Amount, NoNumber, amount_in, typed_number
from shilian.sheets.days import FIRST_YEAR, YEARS, NoDay, day_in
from shilian.sheets.rows import Cell
from shilian.text import normalise, tidy_prose

__all__ = [
    "DITTO", "EMPTY_WORDS", "Amount", "Lossy", "NoDay", "NoNumber",
    "amount_of", "code_of", "day_of", "is_ditto", "is_endless", "text_of", "words_of",
]  # fmt: skip
MAX_EXACT_DIGITS = 15
EMPTY_WORDS = frozenset(
    {"", "无", "暂无", "(无)", "空", "(空)", "空白", "未填", "null", "none", "nil", "n/a"}
)
# A stroke or dots that people draw through a cell which has nothing to say.
_STROKE = re.compile(r"[-‐–—−_/\\.…·]*")
_ENDLESS = re.compile(r"(?:有效期)?至?:?(?:长期|永久|终身|无固定期限|无限期)(?:有效)?")
# As in a ledger of paper, where the eye finds the line above.
DITTO_WORDS = frozenset(
    {"同上", "同前", "上同", "同上行", "〃", '"', "“", "”", "''", "′′", "ditto"}
)
DITTO = "写的是“同上”，系统认不出指哪一行，请把内容写全（选中这几格按 Ctrl+D 可以向下填充）。"
# As a spreadsheet shows a long number; 12E3 typed as text is somebody's batch.
_SHOWN_SCIENTIFIC = re.compile(r"^[+-]?\d(\.\d+)?[eE]\+\d{2,3}$")
_SCIENTIFIC = re.compile(r"^[+-]?\d+(\.\d+)?[eE][+-]?\d+$")
# The number that a spreadsheet keeps for a day: 46113 is 2026-04-01.
_SERIALS = range(30_000, 70_000)
_SERIAL_ZERO = date(1899, 12, 30)
_BETWEEN = (date(1904, 1, 1) - _SERIAL_ZERO).days
# By which people keep a spreadsheet from making a number of a code.
_APOSTROPHES = ("'", "‘", "’", "`")


class Lossy(ValueError):
    """The sheet has already lost digits of the code, or shows an error in its place.

    ``code`` is scientific, rounded, fraction, boolean or error; ``advice`` is what to say to the sender.
    """

    def __init__(self, text: str, code: str = "rounded", advice: str = "") -> None:
        self.code = code
        self.advice = advice or _ADVICE[code]
        super().__init__(text)


_AS_TEXT = "请把这一列设为“文本”格式后，对照原件重新填写。"
_ADVICE = {
    "scientific": "被表格软件存成了科学记数，后面的位数已经丢失；" + _AS_TEXT,
    "rounded": "超过15位却被存成了数字，后面的位数已经变成0；" + _AS_TEXT,
    "fraction": "被存成了带小数的数字，可能已经不是原来的号码；" + _AS_TEXT,
    "boolean": "这一格是“真/假”值，请改成真正的号码。",
    "error": "这一格是表格软件的错误值，请改成真正的号码。",
}


def text_of(cell: Cell) -> str:
    """The normalised text; empty for a blank, a dash, 无, and a formula without a result."""
    if cell.kind == "formula":
        return ""
    text = normalise(cell.text)
    return "" if text.lower() in EMPTY_WORDS or _STROKE.fullmatch(text) else text


def is_ditto(cell: Cell) -> bool:
    """Whether the cell points to the line above instead of saying what it means."""
    return normalise(cell.text).lower() in DITTO_WORDS


def words_of(cell: Cell) -> str:
    """A name or address as it was written; empty for a blank, a dash or 无."""
    return tidy_prose(cell.text) if text_of(cell) else ""


def code_of(cell: Cell) -> str:
    """A code, number of a paper or phone: text, upper case, without blanks.

    Raises: Lossy when the sheet kept it as a number too long to be exact.
    """
    text = text_of(cell)
    if cell.kind in ("error", "boolean"):
        raise Lossy(text, cell.kind)
    if cell.kind == "number":
        _check_exact(text)
    elif _SHOWN_SCIENTIFIC.match(text):
        raise Lossy(text, "scientific")
    if text.startswith(_APOSTROPHES):
        text = text[1:]
    return text.upper().replace(" ", "")


def _check_exact(text: str) -> None:
    """Raises: Lossy unless the number is a whole one that a spreadsheet keeps exactly."""
    if _SCIENTIFIC.match(text):
        raise Lossy(text, "scientific")
    if not text.isdigit():
        raise Lossy(text, "fraction")
    if len(text) > MAX_EXACT_DIGITS:
        raise Lossy(text, "rounded")


def day_of(cell: Cell, *, year: int | None = None) -> date | None:
    """The day, or None for a blank.

    Reads every form of ``days.day_in``, the number that a spreadsheet keeps for a day and, when
    ``year`` is given, 4月1日, 4.1 and 4/1, and that number as text.
    Raises: NoDay for anything else, for days that do not exist and for error cells.
    """
    if cell.kind == "date":
        return _kept_day(cell)
    text = text_of(cell)
    if not text:
        return None
    if is_ditto(cell):
        raise NoDay(text, "ditto", DITTO)
    if _is_serial(text) and (cell.kind == "number" or year is not None):
        kept = _SERIAL_ZERO + timedelta(days=int(float(text)))
        # A cell set to text shows the number of its day; typed numbers are less likely to be one.
        if cell.kind == "number" or kept.year in YEARS:
            return kept
    if cell.kind in ("error", "boolean", "time"):
        raise NoDay(text)
    return day_in(text.removeprefix("'"), year=year)


def since_1900(cell: Cell) -> Cell:
    """The same day's number as other workbooks keep it, of one that counts from 1904.

    A cell set to text shows that number too.
    """
    if cell.kind not in ("number", "text") or not _is_serial(cell.text):
        return cell
    whole, dot, rest = cell.text.partition(".")
    return cell._replace(text=f"{int(whole) + _BETWEEN}{dot}{rest}")


def _kept_day(cell: Cell) -> date:
    try:
        found = datetime.fromisoformat(cell.text).date()
    except ValueError:
        raise NoDay(cell.text) from None
    if found.year < FIRST_YEAR:
        advice = "不像是日期，可能是数字被设成了日期格式，请写成 2026-04-01 这样。"
        raise NoDay(cell.text, "impossible", advice)
    return found


def _is_serial(text: str) -> bool:
    whole, _, rest = text.partition(".")
    return whole.isdigit() and (not rest or rest.isdigit()) and int(whole) in _SERIALS


def amount_of(cell: Cell) -> Amount | None:
    """The number and the unit behind it, or None for a blank.

    Raises: NoNumber, saying what is there instead of a number.
    """
    text = text_of(cell)
    if not text:
        return None
    if is_ditto(cell):
        raise NoNumber(text, "ditto", DITTO)
    if cell.kind == "number":
        return Amount(typed_number(text))
    if cell.kind in ("date", "time"):
        advice = "被存成了日期，请把单元格设为“常规”格式后重新填写数字。"
        raise NoNumber(text, "date", advice)
    if cell.kind in ("error", "boolean"):
        raise NoNumber(text)
    return amount_in(text.removeprefix("'").strip())


def is_endless(cell: Cell) -> bool:
    """Whether the cell says that something has no last day: 长期, 永久有效."""
    return bool(_ENDLESS.fullmatch(text_of(cell).replace(" ", "")))
