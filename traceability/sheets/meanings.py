"""What the text of one cell means, and every reason why it could not be understood.

Columns repeat themselves: the same days, goods and suppliers stand on thousands of rows, so what a
text means is worked out once and remembered.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from enterprises.rules.credit_codes import check_credit_code, check_licence_number
from shilian.problems import Problem
from shilian.sheets import cells
from shilian.sheets.reader import Cell
from shilian.text import normalise
from traceability.rules import quantities, texts
from traceability.rules.catalogue import check_gtin
from traceability.rules.goods import LONGEST_SHELF_LIFE

# The value, empty or None when nothing was said; problems name no row yet.
Meaning = tuple[Any, tuple[Problem, ...]]

REMEMBERED = 8192
_SHELF_LIFE = re.compile(
    r"(?:保质期|保质|常温|冷藏|冷冻)*[:≤]?\s*(\d{1,5}|半|[一二两三四五六七八九十]{1,3})\s*"
    r"(天|日|周|个?月|年半|年|小时|days?|months?|years?|[dmyh](?![a-z]))(?!\d)",
    re.IGNORECASE,
)
# By the first letter of the unit: how many of which unit each is.
_SHELF_LIFE_UNITS = {
    "天": (1, "day"),
    "日": (1, "day"),
    "d": (1, "day"),
    "周": (7, "day"),
    "个": (1, "month"),
    "月": (1, "month"),
    "m": (1, "month"),
    "年": (1, "year"),
    "y": (1, "year"),
}
_ONES = {name: number for number, name in enumerate("零一二三四五六七八九")} | {"两": 2}
MAX_PHONE = 20
_PHONE = re.compile(
    r"^(?:(?:\+?86-?)?1\d{2}-?\d{4}-?\d{4}|\(?0\d{2,3}\)?-?\d{7,8}(?:[-转]\d{1,5})?"
    r"|\d{7,8}|[48]00-?\d{3}-?\d{4}|[48]00\d-?\d{3}-?\d{3})$"
)
_PHONES_APART = re.compile(r"[/,;、]")
# 4.1 as a number may have been typed 4.1 or 4.10.
_HALF_DAY = re.compile(r"^(\d{1,2})\.([123])$")
# What a code of visible ASCII needs: nothing but capitals. N/A and NULL have no digit and are none.
_PLAIN_CODE = re.compile(r"(?=\D{0,14}\d)[0-9A-Z][0-9A-Z/_.#-]{0,14}\Z")


@lru_cache(maxsize=REMEMBERED)
def words(field: str, title: str, limit: int, text: str, kind: str) -> Meaning:
    """A name or an address, as it was written."""
    if ditto := _ditto(field, title, text, kind):
        return "", ditto
    said = cells.words_of(Cell(text, kind))
    return said, tuple(texts.check_text(said, field, title, limit))


@lru_cache(maxsize=REMEMBERED)
def plain(field: str, title: str, limit: int, text: str, kind: str) -> Meaning:
    """A size or a note in half-width characters."""
    if ditto := _ditto(field, title, text, kind):
        return "", ditto
    said = cells.text_of(Cell(text, kind))
    return said, tuple(texts.check_text(said, field, title, limit))


def code(field: str, title: str, limit: int, text: str, kind: str) -> Meaning:
    """A number of a paper or a batch: text for ever. Hardly two are alike, so none is remembered."""
    if kind == "text" and len(text) <= limit and (said := plain_code(text)):
        return said, ()
    if ditto := _ditto(field, title, text, kind):
        return "", ditto
    try:
        said = cells.code_of(Cell(text, kind))
    except cells.Lossy as lost:
        return "", (Problem(f"{field}_lossy", field, f"{title}{lost.advice}"),)
    return said, tuple(texts.check_text(said, field, title, limit))


def _ditto(field: str, title: str, text: str, kind: str) -> tuple[Problem, ...]:
    """Why a cell that only points to the line above is not understood; nothing for any other."""
    if not cells.is_ditto(Cell(text, kind)):
        return ()
    return (Problem(f"{field}_ditto", field, f"{title}{cells.DITTO}"),)


def plain_code(text: str) -> str | None:
    """The text in capitals when that is a code as it stands, whatever it is the code of."""
    capitals = text.upper() if text.isascii() else ""
    return capitals if _PLAIN_CODE.match(capitals) else None


@lru_cache(maxsize=REMEMBERED)
def phone(field: str, title: str, text: str, kind: str) -> Meaning:
    said, problems = code(field, title, 60, text, kind)
    if len(said) > MAX_PHONE and len(several := _PHONES_APART.split(said)) > 1:
        said = several[0]
        message = f"{title}只能存一个号码，已存前一个“{said[:MAX_PHONE]}”；记录已保存。"
        problems = (Problem("phone_doubtful", field, message, severity="warning"),)
    problems = (*problems, *texts.check_text(said, field, title, MAX_PHONE))
    if said and not problems and not all(map(_PHONE.match, _PHONES_APART.split(said))):
        message = f"联系电话“{said[:20]}”不像电话号码，请核对；记录已保存。"
        problems = (Problem("phone_doubtful", field, message, severity="warning"),)
    return said, problems


@lru_cache(maxsize=REMEMBERED)
def credit_code(field: str, title: str, text: str, kind: str) -> Meaning:
    said, problems = code(field, title, 18, text, kind)
    if said:
        problems = tuple(check_credit_code(said, field=field))
    return said, problems


@lru_cache(maxsize=REMEMBERED)
def licence_number(field: str, title: str, text: str, kind: str) -> Meaning:
    said, problems = code(field, title, 60, text, kind)
    if said:
        problems = tuple(check_licence_number(said, field=field)) or problems
    return said, problems


@lru_cache(maxsize=REMEMBERED)
def gtin(field: str, title: str, text: str, kind: str) -> Meaning:
    said, problems = code(field, title, 20, text, kind)
    if said:
        problems = tuple(check_gtin(said))
    return said, problems


@lru_cache(maxsize=REMEMBERED)
def day(field: str, title: str, year: int | None, text: str, kind: str) -> Meaning:
    """The day; one without its year lies in the given year."""
    said = cells.text_of(Cell(text, kind))
    if kind == "number" and (found := _HALF_DAY.match(said)):
        both = f"{found[1]}月{found[2]}日还是{found[1]}月{found[2]}0日"
        message = (
            f"{title}被存成了数字{said}，分不清是{both}，请写成“{found[1]}月{found[2]}日”这样。"
        )
        return None, (Problem(f"{field}_ambiguous", field, message),)
    try:
        return cells.day_of(Cell(text, kind), year=year), ()
    except cells.NoDay as no_day:
        reason = "ambiguous" if no_day.code == "ambiguous" else "unreadable"
        message = f"{title}“{said[:16]}”{no_day.advice}"
        return None, (Problem(f"{field}_{reason}", field, message),)


@lru_cache(maxsize=REMEMBERED)
def amount(field: str, text: str, kind: str) -> tuple[Decimal | None, str, tuple[Problem, ...]]:
    """The number, the unit written behind it, and what is wrong with them."""
    try:
        found = cells.amount_of(Cell(text, kind))
    except cells.NoNumber as no_number:
        message = f"数量“{normalise(text)[:12]}”{no_number.advice}"
        return None, "", (Problem(f"{field}_not_a_number", field, message),)
    if found is None:
        message = "请填写数量，例如 25 或 12.5。"
        return None, "", (Problem(f"{field}_missing", field, message),)
    if found.number < 0:
        message = "数量必须大于0，请按实际数量填写；退货请另记。"
        return None, "", (Problem(f"{field}_not_positive", field, message),)
    return found.number, found.unit, ()


@lru_cache(maxsize=REMEMBERED)
def unit(field: str, text: str) -> Meaning:
    """The unit as it is stored."""
    if ditto := _ditto(field, "单位", text, "text"):
        return "", ditto
    return quantities.known_unit(text) or text, tuple(quantities.check_unit(text, field=field))


@lru_cache(maxsize=REMEMBERED)
def shelf_life(field: str, text: str, kind: str) -> Meaning:
    """A number and its unit, or None."""
    said = cells.text_of(Cell(text, kind))
    if (found := _SHELF_LIFE.match(said)) and (life := _life(found[1], found[2].lower())):
        value, name = life
        if 0 < value <= LONGEST_SHELF_LIFE[name]:
            return life, ()
    if not said:
        return None, ()
    message = f"保质期“{said[:12]}”没有看懂，没有采用；请写成“12个月”“180天”这样。"
    return None, (Problem("shelf_life_unclear", field, message, severity="warning"),)


def _life(said: str, unit: str) -> tuple[int, str] | None:
    """18个月, 一年半, 半年 and 48小时 as whole days, months or years; None for a part of a day."""
    number = Decimal("0.5") if said == "半" else Decimal(_whole(said))
    if unit.startswith(("小", "h")):
        days, rest = divmod(number, 24)
        return None if rest else (int(days), "day")
    number += Decimal("0.5") if unit == "年半" else 0
    each, name = _SHELF_LIFE_UNITS[unit[0]]
    if name == "year" and number % 1:
        number, name = number * 12, "month"
    return None if number % 1 else (int(number) * each, name)


def _whole(written: str) -> int:
    """十八 as 18."""
    if written.isdecimal():
        return int(written)
    tens, is_ten, ones = written.rpartition("十")
    return (10 * _ONES.get(tens, 1) if is_ten else 0) + _ONES.get(ones, 0)
