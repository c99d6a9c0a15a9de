"""Checks of single values in events; each appends what it finds and says where.

They admit what the published JSON schema admits, less what the standard forbids beyond it. The
schema itself, walked by a general validator, is a hundred times slower.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from shilian.problems import Problem
from traceability.epcis import identifiers, vocabulary
from traceability.epcis.identifiers import BadIdentifier, Key

Problems = list[Problem]
Check = Callable[[Any, str, Problems], None]

_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_OFFSET = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)
_UOM = re.compile(r"[A-Z0-9]{2,3}")
_HEX = re.compile(r"[A-Fa-f0-9]+")
# Older spellings of GS1's own words, which the JSON binding writes bare.
_FOREIGN = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_WEB_VOCABULARY = re.compile(r"https?://(?:www\.)?gs1\.org/voc/")
# Beyond this an identifier is no use to anybody, and no index takes it.
LONGEST_URI = 500
WORD_NAMES = {
    "bizStep": ("biz_step", "业务步骤"),
    "disposition": ("disposition", "状态"),
    "bizTransaction": ("biz_transaction_type", "业务单据类型"),
    "sourceDestination": ("source_type", "来源去向类型"),
    "reason": ("error_reason", "更正原因"),
    "component": ("component", "分量"),
    "measurement": ("measurement_type", "测量类型"),
    "exception": ("sensor_alert", "报警类型"),
}


def text_of(value: Any) -> str:
    """A value as it may be repeated to the sender."""
    return str(value)[:60]


def check_time(value: Any, name: str) -> Problems:
    """Whether a value is a moment that exists, with its offset from UTC."""
    problems: Problems = []
    time(value, name, problems)
    return problems


def moment_of(value: Any) -> datetime | None:
    """The moment of a time stamp; None for anything else."""
    return _moment(value) if isinstance(value, str) else None


@lru_cache(maxsize=1 << 12)
def _moment(value: str) -> datetime | None:
    """Each event's times are asked for three times over."""
    if not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
    except ValueError:
        return None


_is_uri = lru_cache(maxsize=1 << 13)(identifiers.is_uri)


def time(value: Any, name: str, out: Problems) -> None:
    if moment_of(value) is None:
        message = (
            f"{name} 应写成带时区的时间，例如 2026-05-01T08:30:00+08:00，现在是“{text_of(value)}”。"
        )
        out.append(Problem("time_malformed", name, message))


def offset(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, str) or not _OFFSET.fullmatch(value):
        message = f"{name} 应写成 +08:00 这样的时区，现在是“{text_of(value)}”。"
        out.append(Problem("offset_malformed", name, message))


def action(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, str) or value not in vocabulary.ACTIONS:
        message = f"action 只能写 ADD、OBSERVE 或 DELETE，现在是“{text_of(value)}”。"
        out.append(Problem("action_unknown", name, message))


def uri(value: Any, name: str, out: Problems) -> None:
    """An absolute URI; a GS1 key right to its check digit."""
    key_of(value, name, out)


def key_of(value: Any, name: str, out: Problems) -> Key | None:
    """The GS1 key that the value names, None for another URI or a fault, which is appended."""
    if not isinstance(value, str) or not _is_uri(value):
        message = f"{name} 应是完整的 URI（urn: 或 https:// 开头），现在是“{text_of(value)}”。"
        out.append(Problem("uri_malformed", name, message))
        return None
    if _is_long(value):
        out.append(_too_long(name))
        return None
    try:
        return identifiers.read(value)
    except BadIdentifier as fault:
        out.append(Problem(fault.code, name, fault.message))
        return None


def instance(value: Any, name: str, out: Problems) -> None:
    key = key_of(value, name, out)
    if key is not None and key.level != "instance":
        message = f"{name} 里只能是单件（带序列号）的编码；批次和品种请放进数量列表。"
        out.append(Problem("class_among_epcs", name, message))


def epc_list(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, list):
        out.append(_wrong_type(name, "列表"))
        return
    for position, each in enumerate(value):
        instance(each, f"{name}[{position}]", out)
    if len({each for each in value if isinstance(each, str)}) < len(value):
        out.append(Problem("epc_repeated", name, f"{name} 里有重复的编码，请去掉重复的。"))


def quantity_list(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, list):
        out.append(_wrong_type(name, "列表"))
        return
    for position, each in enumerate(value):
        _quantity(each, f"{name}[{position}]", out)


def _quantity(element: Any, name: str, out: Problems) -> None:
    if not isinstance(element, dict):
        out.append(_wrong_type(name, "对象"))
        return
    if not element.keys() <= {"epcClass", "quantity", "uom"}:
        message = f"{name} 里只能有 epcClass、quantity 和 uom。"
        out.append(Problem("field_unknown", name, message))
    key = key_of(element.get("epcClass"), f"{name}.epcClass", out)
    if key is not None and key.level != "class":
        message = f"{name}.epcClass 应是批次或品种的编码；单件请放进 EPC 列表。"
        out.append(Problem("instance_among_classes", f"{name}.epcClass", message))
    if "quantity" in element:
        amount = element["quantity"]
        decimal(amount, f"{name}.quantity", out)
        if isinstance(amount, int | float) and amount <= 0:
            message = f"{name}.quantity 应大于 0。"
            out.append(Problem("quantity_not_positive", f"{name}.quantity", message))
    if "uom" in element:
        _uom(element, name, out)


def _uom(element: dict[str, Any], name: str, out: Problems) -> None:
    unit = element["uom"]
    if not isinstance(unit, str) or not _UOM.fullmatch(unit):
        message = (
            f"{name}.uom 应是 UN/ECE 20 号建议书的单位代码，例如 KGM，现在是“{text_of(unit)}”。"
        )
        out.append(Problem("uom_malformed", f"{name}.uom", message))
    elif "quantity" not in element:
        message = f"{name} 没有 quantity，就不能有 uom。"
        out.append(Problem("uom_without_quantity", f"{name}.uom", message))


def decimal(value: Any, name: str, out: Problems) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        out.append(_wrong_type(name, "数字"))
    elif abs(value) > 1e15:
        out.append(Problem("number_too_large", name, f"{name} 太大，请核对。"))


def boolean(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, bool):
        out.append(_wrong_type(name, "true 或 false"))


def string(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, str):
        out.append(_wrong_type(name, "文字"))


def hex_binary(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        out.append(_wrong_type(name, "十六进制文字"))


def word(kind: str) -> Check:
    """The check of one vocabulary: GS1's words bare, or a URI of somebody's own."""
    code, called = WORD_NAMES[kind]
    known, own = vocabulary.WORDS[kind], (vocabulary.WEB[kind], vocabulary.CURIE[kind])
    is_web = kind in ("measurement", "exception")
    forbidden = _WEB_VOCABULARY if is_web else _FOREIGN

    def check(value: Any, name: str, out: Problems) -> None:
        if isinstance(value, str) and value in known:
            return
        bare = vocabulary.bare(kind, value) if isinstance(value, str) else ""
        if not isinstance(value, str) or ":" not in value:
            out.append(_unknown_word(code, called, name, value))
        elif forbidden.match(value):
            message = f"JSON 里的{called}请直接写单词“{bare[:40]}”，不要写成 URI。"
            out.append(Problem(f"{code}_not_bare", name, message))
        elif _is_long(value):
            out.append(_too_long(name))
        elif (value.startswith(own) and bare not in known) or not identifiers.is_uri(value):
            out.append(_unknown_word(code, called, name, value))

    return check


def _unknown_word(code: str, called: str, name: str, value: Any) -> Problem:
    message = (
        f"GS1 词汇表里没有{called}“{text_of(value)}”，请改用标准单词；自定义的要写成完整的 URI。"
    )
    return Problem(f"{code}_unknown", name, message)


def _is_long(uri: str) -> bool:
    return len(uri) > LONGEST_URI or (not uri.isascii() and len(uri.encode()) > LONGEST_URI)


def _too_long(name: str) -> Problem:
    message = f"{name} 太长，URI 最长 {LONGEST_URI} 个字符（一个汉字算三个），请改用短些的编码。"
    return Problem("uri_too_long", name, message)


def _wrong_type(name: str, wanted: str) -> Problem:
    return Problem("field_wrong_type", name, f"{name} 应是{wanted}。")


def wrong_type(name: str, wanted: str) -> Problem:
    return _wrong_type(name, wanted)
