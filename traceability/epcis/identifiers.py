"""GS1 identifiers as they stand in events: URNs and Digital Link URIs, both read to one form.

That form is the constrained canonical Digital Link URI, as the event hash wants it. What claims to
be a GS1 key is checked to the last digit; other URIs are private identifiers and stay as they are.
Source: GS1 EPC Tag Data Standard 2.0 sections 6 and 7; GS1 Digital Link URI Syntax 1.2 section 4.11;
CBV 2.0 section 8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, unquote

CANONICAL = "https://id.gs1.org"
# 厂商识别代码 have four to twelve digits worldwide; EPC URNs admit six to twelve.
SHORTEST_PREFIX, LONGEST_PREFIX = 6, 12
# Of the prefixes given out in China, by their first three digits. Source: GB 12904.
CHINESE_PREFIXES = {"690": 7, "691": 7, **dict.fromkeys(("692", "693", "694", "695", "696"), 8)}
CHINESE_PREFIXES["697"] = 9

Level = Literal["instance", "class"]


class BadIdentifier(ValueError):
    """A text that claims to be a GS1 key and is none; ``code`` says why."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Key:
    """One GS1 key: ``value`` without, ``extra`` with what tells single things apart.

    For lots ``extra`` is the lot, for single things the serial number or extension.
    """

    scheme: str
    level: Level
    value: str
    extra: str
    uri: str


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How a URN's parts make a key: digits of prefix and reference together, check digit or none."""

    ai: str
    digits: int
    has_check: bool = True
    # The application identifier before the last part; empty when it follows the key directly.
    then: str = ""
    # The first digit of the reference goes before the company prefix.
    turns: bool = False
    is_numeric: bool = True


_URNS = {
    "sgtin": _Scheme("01", 13, then="21", turns=True),
    "lgtin": _Scheme("01", 13, then="10", turns=True),
    "upui": _Scheme("01", 13, then="235", turns=True),
    "itip": _Scheme("8006", 13, then="21", turns=True),
    "sscc": _Scheme("00", 17, turns=True),
    "sgln": _Scheme("414", 12, then="254"),
    "pgln": _Scheme("417", 12),
    "grai": _Scheme("8003", 12),
    "giai": _Scheme("8004", 0, has_check=False, is_numeric=False),
    "gsrn": _Scheme("8018", 17),
    "gsrnp": _Scheme("8017", 17),
    "gdti": _Scheme("253", 12),
    "sgcn": _Scheme("255", 12),
    "ginc": _Scheme("401", 0, has_check=False, is_numeric=False),
    "gsin": _Scheme("402", 16),
    "cpi": _Scheme("8010", 0, has_check=False, then="8011", is_numeric=False),
}
# Schemes of EPC that have no GS1 key and so no Digital Link; they stay as they are.
_NOT_GS1 = frozenset({"gid", "usdod", "adi", "bic", "imovn"})
_SERIAL_PARTS = frozenset({"sgtin", "lgtin", "upui", "itip", "sgln", "grai", "gdti", "sgcn", "cpi"})
_PARTS = {name: 3 if name in _SERIAL_PARTS else 2 for name in _URNS} | {"itip": 5}
# The digits of a key in a Digital Link, its check digit among them.
_DIGITS = {
    "00": 18,
    "253": 13,
    "255": 13,
    "402": 17,
    "414": 13,
    "417": 13,
    "8003": 14,
    "8006": 18,
    "8017": 18,
    "8018": 18,
}
_GTIN_LENGTHS = (8, 12, 13, 14)
_SCHEME_OF_AI = {
    scheme.ai: name for name, scheme in _URNS.items() if name not in ("sgtin", "lgtin", "upui")
}
_LONGEST = {"401": 30, "8003": 30, "8004": 30, "8010": 30, "253": 30, "255": 25}

_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)", re.DOTALL)
_LINK = re.compile(
    r"https?://[^/?#\s]+(?:/[^?#\s]*?)?"
    r"/(00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018)/([^/?#\s]+)"
    r"((?:/(?:10|21|22|235|254|7040|8011)/[^/?#\s]+)*)/?(?:[?#]\S*)?"
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_TAIL = re.compile(r"[A-Za-z0-9!\"%&'()*+,\-./:;<=>?_#]{1,30}")
_SAFE = "'-._~"


def check_digit(digits: str) -> str:
    """The last digit of a GS1 number, without a loop: it is asked for with every identifier."""
    odd, even = digits[::-2], digits[-2::-2]
    return str(-(3 * sum(map(int, odd)) + sum(map(int, even))) % 10)


def is_uri(text: object) -> bool:
    """Whether the value is an absolute URI at all."""
    return isinstance(text, str) and _URI.fullmatch(text) is not None


@lru_cache(maxsize=1 << 15)
def read(uri: str) -> Key | None:
    """The GS1 key that a URI names; None for a URI of somebody's own.

    Raises: BadIdentifier when it claims to be a GS1 key and is none.
    """
    if uri.startswith("urn:epc:"):
        return _read_urn(uri)
    if uri.startswith("http"):
        found = _LINK.fullmatch(uri)
        if found is not None:
            return _read_link(uri, found)
    return None


@lru_cache(maxsize=1 << 15)
def canonical(uri: str) -> str:
    """The form under which an identifier is compared and hashed; any other URI as it is.

    A faulty GS1 key stays as it is too: whoever needs it right has checked it before.
    """
    try:
        key = read(uri)
    except BadIdentifier:
        return uri
    return uri if key is None else key.uri


def _read_urn(uri: str) -> Key | None:
    found = _URN.fullmatch(uri)
    if found is None:
        raise BadIdentifier("epc_malformed", f"“{uri[:80]}”不是 EPC 编码，请核对写法。")
    form, name, rest = found.groups()
    if name in _NOT_GS1:
        return None
    scheme = _URNS.get(name)
    if scheme is None or (name == "lgtin") != (form == "class"):
        message = f"不认识“urn:epc:{form}:{name}”这种编码，请用 GS1 编码或数字链接。"
        raise BadIdentifier("epc_scheme_unknown", message)
    # What follows the last dot that counts belongs to the serial number, dots and all.
    parts = rest.split(".", _PARTS[name] - 1)
    if len(parts) != _PARTS[name] or not all(parts[:-1]) or (not parts[-1] and name != "sgln"):
        raise BadIdentifier("epc_malformed", f"“{uri[:80]}”缺少一段，请照编码规则写全。")
    return _from_parts(uri, form, name, scheme, parts)


def _from_parts(uri: str, form: str, name: str, scheme: _Scheme, parts: list[str]) -> Key:
    prefix, reference = parts[0], parts[1]
    is_short = not SHORTEST_PREFIX <= len(prefix) <= LONGEST_PREFIX
    if is_short or not (prefix.isascii() and prefix.isdecimal()):
        message = f"“{uri[:80]}”的厂商识别代码应是{SHORTEST_PREFIX}到{LONGEST_PREFIX}位数字。"
        raise BadIdentifier("epc_prefix_length", message)
    digits = _digits(uri, scheme, prefix, reference)
    if form == "idpat":
        if parts[-1] != "*":
            raise BadIdentifier("epc_malformed", f"“{uri[:80]}”最后一段应是“*”。")
        return _class_key(name, scheme, digits, parts)
    return _instance_key(name, scheme, digits, parts)


def _digits(uri: str, scheme: _Scheme, prefix: str, reference: str) -> str:
    """The key's own characters, its check digit among them."""
    if not scheme.is_numeric:
        reference = _plain(reference)
        if not _TAIL.fullmatch(reference):
            raise BadIdentifier("epc_malformed", f"“{uri[:80]}”含有不允许的字符。")
        return prefix + reference
    whole = prefix + reference
    if not (whole.isascii() and whole.isdecimal()) or len(whole) != scheme.digits:
        message = f"“{uri[:80]}”前两段合起来应是{scheme.digits}位数字，请核对厂商识别代码的长度。"
        raise BadIdentifier("epc_malformed", message)
    if scheme.turns:
        whole = reference[0] + prefix + reference[1:]
    return whole + check_digit(whole) if scheme.has_check else whole


def _class_key(name: str, scheme: _Scheme, digits: str, parts: list[str]) -> Key:
    value = _value_of(name, digits, parts)
    scheme_name = "gtin" if scheme.ai == "01" else name
    return Key(scheme_name, "class", value, "", f"{CANONICAL}/{scheme.ai}/{_escaped(value)}")


def _instance_key(name: str, scheme: _Scheme, digits: str, parts: list[str]) -> Key:
    value = _value_of(name, digits, parts)
    extra = _plain(parts[-1]) if name in _SERIAL_PARTS else ""
    level: Level = "class" if name == "lgtin" else "instance"
    uri = f"{CANONICAL}/{scheme.ai}/{_escaped(value)}"
    if name == "sgln":
        extra = "" if extra == "0" else extra
    if extra:
        uri += f"/{scheme.then}/{_escaped(extra)}" if scheme.then else _escaped(extra)
    return Key(name, level, value, extra, uri)


def _value_of(name: str, digits: str, parts: list[str]) -> str:
    if name == "grai":
        return f"0{digits}"
    return digits + parts[2] + parts[3] if name == "itip" else digits


def _read_link(uri: str, found: re.Match[str]) -> Key:
    ai, value, rest = found.groups()
    pieces = rest.split("/")[1:]
    qualifiers = dict(zip(pieces[::2], pieces[1::2], strict=True))
    if ai == "01":
        return _gtin_key(uri, value, qualifiers)
    value = _plain(value)
    tail = ""
    if ai in _DIGITS:
        value, tail = value[: _DIGITS[ai]], value[_DIGITS[ai] :]
        if tail and ai not in _LONGEST:
            raise BadIdentifier("epc_malformed", f"“{uri[:80]}”的位数太多，请核对。")
        _check_number(uri, ai, value)
    elif not _TAIL.fullmatch(value):
        raise BadIdentifier("epc_malformed", f"“{uri[:80]}”含有不允许的字符，或者太长。")
    return _other_key(ai, value, tail, qualifiers)


def _other_key(ai: str, value: str, tail: str, qualifiers: dict[str, str]) -> Key:
    name = _SCHEME_OF_AI[ai]
    uri = f"{CANONICAL}/{ai}/{_escaped(value)}{_escaped(tail)}"
    then = _URNS[name].then
    extra = _plain(qualifiers.get(then, "")) if then else tail
    if ai == "8006" and not extra and "10" in qualifiers:
        lot = _plain(qualifiers["10"])
        return Key(name, "class", value, lot, f"{uri}/10/{_escaped(lot)}")
    if then and extra:
        uri += f"/{then}/{_escaped(extra)}"
    is_class = name in ("grai", "gdti", "sgcn", "cpi", "itip") and not extra
    return Key(name, "class" if is_class else "instance", value, extra, uri)


def _gtin_key(uri: str, value: str, qualifiers: dict[str, str]) -> Key:
    if len(value) not in _GTIN_LENGTHS or not (value.isascii() and value.isdecimal()):
        raise BadIdentifier("epc_malformed", f"“{uri[:80]}”里的商品条码应是8、12、13或14位数字。")
    _check_last(uri, value)
    gtin = value.zfill(14)
    base = f"{CANONICAL}/01/{gtin}"
    for ai, name in (("21", "sgtin"), ("235", "upui"), ("10", "lgtin")):
        if ai in qualifiers:
            extra = _plain(qualifiers[ai])
            level: Level = "class" if name == "lgtin" else "instance"
            return Key(name, level, gtin, extra, f"{base}/{ai}/{_escaped(extra)}")
    return Key("gtin", "class", gtin, "", base)


def _check_number(uri: str, ai: str, value: str) -> None:
    if len(value) != _DIGITS[ai] or not (value.isascii() and value.isdecimal()):
        raise BadIdentifier("epc_malformed", f"“{uri[:80]}”应有{_DIGITS[ai]}位数字，请核对。")
    _check_last(uri, value[:14] if ai == "8006" else value)


def _check_last(uri: str, number: str) -> None:
    if check_digit(number[:-1]) != number[-1]:
        message = f"“{uri[:80]}”的校验位不对，应是{check_digit(number[:-1])}，请核对编码。"
        raise BadIdentifier("epc_wrong_check_digit", message)


def _plain(text: str) -> str:
    """The text without escapes. Raises: BadIdentifier when a control character was escaped."""
    if "%" not in text:
        return text
    plain = unquote(text)
    if not plain.isprintable():
        raise BadIdentifier("epc_malformed", f"“{text[:80]}”含有不允许的字符。")
    return plain


def _escaped(text: str) -> str:
    return text if text.isalnum() and text.isascii() else quote(text, safe=_SAFE)


def prefix_length(number: str) -> int | None:
    """The digits of the company's prefix in a Chinese number; None where it cannot be told."""
    return CHINESE_PREFIXES.get(number[:3])


def urn_of(key: Key, prefix: int) -> str:
    """The key as an EPC URN, with so many digits for the company's prefix.

    Raises: BadIdentifier for a key that has no URN, or a length that cannot be.
    """
    name = "sgtin" if key.scheme == "gtin" else key.scheme
    scheme = _URNS[name]
    if not SHORTEST_PREFIX <= prefix <= LONGEST_PREFIX:
        raise BadIdentifier("epc_prefix_length", "厂商识别代码的长度不对。")
    digits = key.value
    if name == "itip":
        digits = digits[:14]
    if name == "grai":
        digits = digits[1:]
    if scheme.has_check:
        digits = digits[:-1]
    if scheme.turns:
        head, digits = digits[0], digits[1:]
        parts = [digits[:prefix], head + digits[prefix:]]
    else:
        parts = [digits[:prefix], _urn_escaped(digits[prefix:])]
    if name == "itip":
        parts += [key.value[14:16], key.value[16:]]
    return _joined_urn(key, name, parts)


def _joined_urn(key: Key, name: str, parts: list[str]) -> str:
    if name == "lgtin":
        return f"urn:epc:class:lgtin:{'.'.join(parts)}.{_urn_escaped(key.extra)}"
    if key.level == "class":
        return f"urn:epc:idpat:{name}:{'.'.join(parts)}.*"
    if name in _SERIAL_PARTS:
        parts = [*parts, _urn_escaped(key.extra) or "0"]
    return f"urn:epc:id:{name}:{'.'.join(parts)}"


def _urn_escaped(text: str) -> str:
    return text if text.isalnum() and text.isascii() else quote(text, safe="!'()*+,-.:;=_")


def lot_uri(gtin: str, lot: str = "") -> str:
    """The class of a lot, or of all goods with the barcode."""
    base = f"{CANONICAL}/01/{gtin.zfill(14)}"
    return f"{base}/10/{_escaped(lot)}" if lot else base


def is_lot_text(lot: str) -> bool:
    """Whether a lot number may stand under application identifier 10."""
    return len(lot) <= 20 and _TAIL.fullmatch(lot) is not None
