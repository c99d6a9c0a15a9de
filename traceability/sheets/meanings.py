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
_SHELF_LIFE = re.compile(r"^(\d{1,5})\s*(天|日|个?月|年)")
_SHELF_LIFE_UNITS = {"天": "day", "日": "day", "月": "month", "个月": "month", "年": "year"}
_PHONE = re.compile(r"^(1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,5})?|\d{7,8}|400-?\d{3}-?\d{4})$")
# 4.1 as a number may have been typed 4.1 or 4.10.
_HALF_DAY = re.compile(r"^(\d{1,2})\.([123])$")
# What a code of visible ASCII needs: nothing but capitals.
_PLAIN_CODE = re.compile(r"[0-9A-Z][0-9A-Z/_.#-]*\Z")


@lru_cache(maxsize=REMEMBERED)
def words(field: str, title: str, limit: int, text: str, kind: str) -> Meaning:
    """A name or an address, as it was written."""
    said = cells.words_of(Cell(text, kind))
    return said, tuple(texts.check_text(said, field, title, limit))


@lru_cache(maxsize=REMEMBERED)
def plain(field: str, title: str, limit: int, text: str, kind: str) -> Meaning:
    """A size or a note in half-width characters."""
    said = cells.text_of(Cell(text, kind))
    return said, tuple(texts.check_text(said, field, title, limit))


def code(field: str, title: str, limit: int, text: str, kind: str) -> Meaning:
    """A number of a paper or a batch: text for ever. Hardly two are alike, so none is remembered."""
    if kind == "text" and len(text) <= min(limit, 15) and _PLAIN_CODE.match(text):
        return text, ()
    try:
        said = cells.code_of(Cell(text, kind))
    except cells.Lossy as lost:
        return "", (Problem(f"{field}_lossy", field, f"{title}{lost.advice}"),)
    return said, tuple(texts.check_text(said, field, title, limit))


@lru_cache(maxsize=REMEMBERED)
def phone(field: str, title: str, text: str, kind: str) -> Meaning:
    said, problems = code(field, title, 20, text, kind)
    if said and not problems and not _PHONE.match(said):
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
    return quantities.known_unit(text) or text, tuple(quantities.check_unit(text, field=field))


@lru_cache(maxsize=REMEMBERED)
def shelf_life(field: str, text: str, kind: str) -> Meaning:
    """A number and its unit, or None."""
    said = cells.text_of(Cell(text, kind))
    if found := _SHELF_LIFE.match(said):
        value, name = int(found[1]), _SHELF_LIFE_UNITS[found[2]]
        if 0 < value <= LONGEST_SHELF_LIFE[name]:
            return (value, name), ()
    if not said:
        return None, ()
    message = f"保质期“{said[:12]}”没有看懂，没有采用；请写成“12个月”“180天”这样。"
    return None, (Problem("shelf_life_unclear", field, message, severity="warning"),)
