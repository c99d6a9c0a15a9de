"""What a cell means: a code that stays text for ever, a day in any of the forms people write."""

from __future__ import annotations

import re
from datetime import date, datetime

from shilian.sheets.rows import Cell
from shilian.text import normalise, tidy_prose

MAX_EXACT_DIGITS = 15
EMPTY_WORDS = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "无", "暂无", "空", "null", "none", "n/a"}
)
_SCIENTIFIC = re.compile(r"^[+-]?\d+(\.\d+)?[eE][+-]?\d+$")
_FULL_DAY = re.compile(r"^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?(?:\s.*)?$")
_PACKED_DAY = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_SHORT_DAY = re.compile(r"^(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?$")


class Lossy(ValueError):
    """The sheet has already lost digits of the code (it kept a rounded number)."""


class NoDay(ValueError):
    """The text names no day that exists."""


def text_of(cell: Cell) -> str:
    """The normalised text; empty for a blank, a dash or 无."""
    text = normalise(cell.text)
    return "" if text.lower() in EMPTY_WORDS else text


def words_of(cell: Cell) -> str:
    """A name or address as it was written; empty for a blank, a dash or 无."""
    return tidy_prose(cell.text) if text_of(cell) else ""


def code_of(cell: Cell) -> str:
    """A code, number of a paper or phone: text, upper case, without blanks.

    Raises: Lossy when the sheet kept it as a number too long to be exact.
    """
    text = text_of(cell)
    if cell.kind == "error" or _SCIENTIFIC.match(text):
        raise Lossy(text)
    if cell.kind == "number" and (not text.isdigit() or len(text) > MAX_EXACT_DIGITS):
        raise Lossy(text)
    return text.upper().replace(" ", "")


def day_of(cell: Cell, *, year: int | None = None) -> date | None:
    """The day, or None for a blank.

    Reads 2026-4-1, 2026/4/1, 2026.4.1, 2026年4月1日, 20260401 and, when ``year`` is given, 4月1日,
    4.1 and 4/1.
    Raises: NoDay for anything else, for days that do not exist and for error cells.
    """
    if cell.kind == "date":
        value = cell.value
        return value.date() if isinstance(value, datetime) else _day(cell.text[:10])
    text = text_of(cell)
    if not text:
        return None
    if match := _FULL_DAY.match(text) or _PACKED_DAY.match(text):
        return _day(f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}")
    if year is not None and (match := _SHORT_DAY.match(text)):
        return _day(f"{year}-{match[1]:0>2}-{match[2]:0>2}")
    raise NoDay(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NoDay(text) from None
