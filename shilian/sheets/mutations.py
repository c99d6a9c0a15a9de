"""Sheets spoilt at random, for trials of everything that must survive them."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import xlsxwriter

ROWS = 40
_TITLES = ("进货日期", "食品名称", "规格", "数量", "单位", "生产批号", "供货者名称", "商品条码")
_FIRST_DAY = date(2026, 4, 1)
# What numbers, references and names in the markup are replaced by.
_VALUES = (
    "", "-1", "0", "1e999", "NaN", "99999999999999999999", "XFD1048576", "A0", "\ud7ff", "&#0;",
    "&x;", "<", "s", "d", "e", "inlineStr", "../../x", "http://127.0.0.1/x", "\x00", "1048576",
)  # fmt: skip
_INSERTS = (
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<!--", b"<![CDATA[", b"]]>", b"<c", b"</row>", b"<row r='9'>",
    b"\xff\xfe", b"\xed\xa0\x80", b"&lol;", b"<si/>" * 500, b"<row>" * 300, b"<x>" * 3000, b"9" * 70_000,
    b"<c r='XFD1048576'><v>1</v></c>", b"<?xml version='1.0' encoding='utf-16'?>", b"\x00" * 64,
)  # fmt: skip

Spoil = Callable[[random.Random, bytes], bytes]


def mutants(count: int, *, seed: int) -> Iterator[bytes]:
    """So many spoilt files, the same ones for the same seed."""
    chance = random.Random(seed)
    originals = _originals()
    for _ in range(count):
        content = chance.choice(originals)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            content = chance.choice(_WAYS)(chance, content)
        yield content


def _originals() -> list[bytes]:
    text = "\r\n".join(",".join(map(str, row)) for row in _table())
    return [
        *(_workbook(shared) for shared in (True, True, False, False)),
        text.encode("utf-8-sig"),
        text.encode("gb18030"),
        text.replace(",", "\t").encode("utf-16"),
    ]


def _table() -> list[list[object]]:
    rows: list[list[object]] = [list(_TITLES)]
    for n in range(ROWS):
        day = _FIRST_DAY + timedelta(days=n % 30)
        goods = ("花生油", "面粉", "纯牛奶")[n % 3]
        rows.append(
            [day, goods, "5L/桶", n + 0.5, "桶", f"B{n:05}", f"第{n % 5}粮油商行", f"69{n:011}"]
        )
    return rows


def _workbook(shared: bool) -> bytes:
    stream = io.BytesIO()
    # constant_memory writes every text into its own cell.
    options = {"constant_memory": not shared, "in_memory": shared}
    book = xlsxwriter.Workbook(stream, options)
    days = book.add_format({"num_format": "yyyy/m/d"})
    for title in ("台账", "说明"):
        page = book.add_worksheet(title)
        for at, row in enumerate(_table()):
            for index, value in enumerate(row):
                page.write(at, index, value, days if isinstance(value, date) else None)
        page.write_formula(ROWS + 1, 3, "=SUM(D2:D41)", value=820)
        page.write_formula(ROWS + 1, 4, "=NA()", value="#N/A")
        page.merge_range(ROWS + 2, 0, ROWS + 2, 3, "制表人：张三")
    book.close()
    return stream.getvalue()


def _flip(chance: random.Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(chance.choice((1, 1, 4, 20))):
        if spoilt:
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
    return bytes(spoilt)


def _cut(chance: random.Random, content: bytes) -> bytes:
    first, last = _slice(chance, content)
    return content[:first] + content[last:]


def _repeat(chance: random.Random, content: bytes) -> bytes:
    first, last = _slice(chance, content)
    return content[:last] + content[first:last] * chance.choice((1, 3)) + content[last:]


def _truncate(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _insert(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(_INSERTS) + content[at:]


def _value(chance: random.Random, content: bytes) -> bytes:
    """Replace what stands in one pair of quotation marks, or between two marks of markup."""
    mark = chance.choice((b'"', b">", b","))
    pieces = content.split(mark)
    if len(pieces) > 2:
        value = chance.choice(_VALUES).encode("utf-8", "surrogatepass")
        at = chance.randrange(1, len(pieces) - 1)
        pieces[at] = value + (pieces[at][pieces[at].find(b"<") :] if mark == b">" else b"")
    return mark.join(pieces)


def _slice(chance: random.Random, content: bytes) -> tuple[int, int]:
    first = chance.randrange(len(content) + 1)
    return first, min(len(content), first + chance.choice((1, 10, 200, 5000)))


def _in_a_part(chance: random.Random, content: bytes) -> bytes:
    """Spoil one part and pack the workbook again, so that it reaches the parsers."""
    parts = _unpacked(content)
    if not parts:
        return chance.choice(_PLAIN_WAYS)(chance, content)
    name = chance.choice(list(parts))
    for _ in range(chance.choice((1, 1, 5))):
        parts[name] = chance.choice(_PLAIN_WAYS)(chance, parts[name])
    return _packed(parts)


def _of_parts(chance: random.Random, content: bytes) -> bytes:
    """Lose a part, put it in another's place, or under another name."""
    parts = _unpacked(content)
    if len(parts) < 2:
        return chance.choice(_PLAIN_WAYS)(chance, content)
    one, other = chance.sample(list(parts), 2)
    if chance.random() < 0.5:
        parts[other] = parts.pop(one)
    else:
        parts.pop(one)
    return _packed(parts)


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The parts of a workbook; none for a text and for one that is spoilt already."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:
        # Whatever earlier spoiling has made of the archive, it is then spoilt as plain bytes.
        return {}


def _packed(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


_PLAIN_WAYS: tuple[Spoil, ...] = (_flip, _cut, _repeat, _truncate, _insert, _value, _value)
# Most are spoilt inside: others do not get past the look at the archive.
_WAYS: tuple[Spoil, ...] = (*_PLAIN_WAYS, *([_in_a_part] * 18), *([_of_parts] * 3))
