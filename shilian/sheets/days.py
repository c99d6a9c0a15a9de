"""The day that somebody wrote, in any of the forms in which people and programs write one.

Numbers alone are read in the order of the country, year before month before day. The other orders
are read only where just one of them makes sense; where two do, both are named and none is taken.
"""

from __future__ import annotations

import re
from datetime import date

# Two digits of a year; no record is older and no shelf life ends later.
YEARS = range(2010, 2060)
# What is no day of a ledger: numbers in cells that were set to show days become days of 1900.
FIRST_YEAR = 1950

_WEEKDAY = "(?:星期|周|礼拜)?[一二三四五六日天]"
_TIME = r"(?:上午|下午|凌晨|早上|晚上|中午|[ap]m)?\s*\d{1,2}(?:[:时点]\d{0,2}(?:[:分]\d{0,2}(?:\.\d+)?秒?)?)?"
_TAIL = re.compile(
    rf"[\s,(T]*(?:{_WEEKDAY})?\)?\s*(?:{_TIME})?\s*(?:[ap]m|z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_FULL = re.compile(r"(\d{4})\s*[-./年,:\s]\s*(\d{1,2})\s*[-./月,:\s]\s*(\d{1,2})(?!\d)\s*[日号]?")
_PACKED = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)")
# As tills and weighing machines write it; also the first digits of many a batch number.
_PACKED_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)[\sT]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?")
_PACKED_SHORT = re.compile(r"(\d\d)(\d\d)(\d\d)")
_SHORT_YEAR = re.compile(r"(\d{1,2})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})(?!\d)\s*[日号]?")
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-./]\s*(\d{1,2})\s*[-./]\s*(\d{4})(?!\d)")
_NO_YEAR = re.compile(
    rf"(\d{{1,2}})\s*[-./月]\s*(\d{{1,2}})(?!\d)\s*[日号]?\s*\(?(?:{_WEEKDAY})?\)?"
    r"\s*(?:上午|下午|凌晨|早上|晚上|中午)?\s*(?:\d{1,2}[:时点](?:\d{1,2}分?)?)?"
)
_MONTH_ONLY = re.compile(r"\d{4}\s*[-./年]\s*\d{1,2}\s*月?|(?:\d\d年)?\d{1,2}月份?|\d{4}年")
_ENGLISH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-\s/]*([a-z]{3})[a-z]*\.?[-\s/,]*(\d{4}|\d\d)", re.IGNORECASE
)
_ENGLISH_FIRST = re.compile(
    r"([a-z]{3})[a-z]*\.?\s*(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(\d{4})", re.IGNORECASE
)
_ENGLISH_BETWEEN = re.compile(r"(\d{4})[-\s/]([a-z]{3})[a-z]*\.?[-\s/](\d{1,2})", re.IGNORECASE)
_ENGLISH_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_RELATIVE = re.compile(
    r"[今昨前明后当]\s*[天日晚早]|[上本下这]个?(?:周|星期|礼拜|月)|刚刚|月[初底末]"
)
_WRITTEN = re.compile(
    r"(?:(\d{4}|[〇○零Oo0一二三四五六七八九]{4})\s*[-./年]\s*)?"
    r"(\d{1,2}|[〇零]?[元正一二三四五六七八九十]{1,2})\s*[-./月]\s*"
    r"(\d{1,2}|[〇零]?[一二三四五六七八九十廿卅]{1,4})\s*[日号]?"
)
_DIGITS = {name: number for number, name in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "○": 0, "O": 0, "o": 0, "元": 1, "正": 1}
_DIGITS |= {str(number): number for number in range(10)}
# What people type for the stroke, the point and the comma; and the numerals of bills.
_MARKS = str.maketrans("‐–—−_\\。·、", "-----/..,")
_BILL_NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")
_LABEL = re.compile(r"[\u4e00-\u9fff]{0,4}(?:日期|时间)\s*:?\s*")
_LOOKALIKES = str.maketrans("OoQlI|", "000111")


class NoDay(ValueError):
    """The text names no day that exists, or more than one.

    ``code`` is unreadable, impossible, ambiguous, relative or month_only; ``advice`` is what to say
    to the sender behind the name of the column and what stands in the cell.
    """

    def __init__(self, text: str, code: str = "unreadable", advice: str = "") -> None:
        self.code = code
        self.advice = advice or "不是有效的日期，请写成 2026-04-01 或 4月1日。"
        super().__init__(text)


def day_in(text: str, *, year: int | None = None) -> date:
    """The day named by a text that is already normalised.

    ``year`` completes 4月1日; who gives it says that the text can be nothing but a day, so that
    260401 and 20260401083000 are days too, and no batch numbers.
    Raises: NoDay.
    """
    said = _LABEL.sub("", text.translate(_MARKS), count=1).rstrip(". ")
    if (found := _FULL.match(said)) and _TAIL.fullmatch(said, found.end()):
        return _day(text, found[1], found[2], found[3])
    if (found := _PACKED.match(said)) and _TAIL.fullmatch(said, found.end()):
        return _day(text, found[1], found[2], found[3])
    if (found := _SHORT_YEAR.match(said)) and _TAIL.fullmatch(said, found.end()):
        return _short_year(text, *map(int, found.groups()), is_named="年" in said)
    if (found := _YEAR_LAST.match(said)) and _TAIL.fullmatch(said, found.end()):
        return _only_one(text, int(found[3]), int(found[1]), int(found[2]))
    if year is not None and (day := _day_alone(text, said, year)):
        return day
    return _in_words(text, said, year)


def _day_alone(text: str, said: str, year: int) -> date | None:
    """What is a day only where nothing else can stand."""
    if found := _NO_YEAR.fullmatch(said):
        if int(found[1]) > 12:
            advice = "看不出年、月、日，请写成 2026-04-01 这样。"
            raise NoDay(text, "unreadable", advice)
        return _day(text, year, found[1], found[2])
    if found := _PACKED_TIME.fullmatch(said):
        return _day(text, found[1], found[2], found[3])
    if (found := _PACKED_SHORT.fullmatch(said)) and 2000 + int(found[1]) in YEARS:
        return _day(text, 2000 + int(found[1]), found[2], found[3])
    return None


def _in_words(text: str, said: str, year: int | None) -> date:
    if day := _in_english(text, _ENGLISH_WEEKDAY.sub("", said, count=1)):
        return day
    found = _WRITTEN.fullmatch(said.translate(_BILL_NUMERALS))
    if found and (written := _year_of(found[1]) or year):
        return _day(text, written, *map(_number, found.group(2, 3)))
    if _RELATIVE.search(said):
        raise NoDay(text, "relative", "说的不是哪一天，请写成 2026-04-01 这样的日期。")
    if _MONTH_ONLY.fullmatch(said):
        raise NoDay(text, "month_only", "只有年月，没有日，请写全，例如 2026-04-01。")
    typed = said.translate(_LOOKALIKES)
    if typed != said and (_FULL.match(typed) or _PACKED.match(typed)):
        raise NoDay(text, "unreadable", "里有字母，请把字母 O 改成 0、字母 l 改成 1。")
    raise NoDay(text)


def _in_english(text: str, said: str) -> date | None:
    if found := _ENGLISH.fullmatch(said):
        return _day(text, _year(found[3]), _month(text, found[2]), found[1])
    if found := _ENGLISH_FIRST.fullmatch(said):
        return _day(text, found[3], _month(text, found[1]), found[2])
    if found := _ENGLISH_BETWEEN.fullmatch(said):
        return _day(text, found[1], _month(text, found[2]), found[3])
    return None


def _day(text: str, year: int | str, month: int | str, day: int | str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise NoDay(text, "impossible", "这一天不存在，请核对年、月、日。") from None
    if found.year < FIRST_YEAR:
        raise NoDay(text, "impossible", "不像是日期，请写成 2026-04-01 这样。")
    return found


def _short_year(text: str, first: int, second: int, third: int, *, is_named: bool) -> date:
    """26.4.1; only where the first cannot be a year is it 4/25/26."""
    if is_named or 2000 + first in YEARS:
        return _day(text, 2000 + first, second, third)
    if 2000 + third in YEARS:
        return _only_one(text, 2000 + third, first, second)
    raise NoDay(text)


def _only_one(text: str, year: int, first: int, second: int) -> date:
    """The day when month and day can stand in one order only.

    Raises: NoDay with both readings.
    """
    readings = {
        date(year, month, day)
        for month, day in ((first, second), (second, first))
        if month <= 12 and _exists(year, month, day)
    }
    if len(readings) == 2:
        both = " 或 ".join(day.isoformat() for day in sorted(readings))
        raise NoDay(text, "ambiguous", f"有两种读法（{both}），请写成 2026-04-01 这样。")
    for day in readings:
        return day
    raise NoDay(text, "impossible", "这一天不存在，请核对年、月、日。")


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _month(text: str, name: str) -> int:
    if name.lower() not in _MONTHS:
        raise NoDay(text)
    return _MONTHS.index(name.lower()) + 1


def _year_of(written: str | None) -> int | None:
    """二〇二六 as 2026."""
    return int("".join(str(_DIGITS[digit]) for digit in written)) if written else None


def _number(written: str) -> int:
    """二十一 as 21."""
    if written.isdecimal():
        return int(written)
    written = written.lstrip("〇零").replace("廿", "二十").replace("卅", "三十")
    tens, is_ten, ones = written.rpartition("十")
    return (10 * _DIGITS.get(tens, 1) if is_ten else 0) + _DIGITS.get(ones, 0)
