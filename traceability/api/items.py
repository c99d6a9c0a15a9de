"""The body of an upload: one item, or a batch of them; what is wrong with their form is told.

Plain JSON fields, named as the columns of the sheets are named. There is no serializer for each
row: msgspec reads the whole body, and the kind of sheet judges what the fields say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import msgspec

from enterprises.api.answers import Faulty
from shilian.problems import Problem
from traceability.operations.api_uploads import Item
from traceability.sheets.base import SheetKind

MOST_ITEMS = 1_000
MOST_CHARACTERS = 1_000
BIGGEST = 10**15
# What may stand beside the items of a batch, and in the address as well.
OPTIONS = ("atomic", "dry_run", "operator")
# Letters, digits and the marks that stand in numbers of documents; Chinese too.
EXTERNAL_ID = r"^[A-Za-z0-9\u4e00-\u9fff](?:[A-Za-z0-9\u4e00-\u9fff_./:#\-]{0,63})$"
_EXTERNAL_ID = re.compile(EXTERNAL_ID[1:-1])
# A number keeps the digits it was written with: 12.50 stays 12.50.
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Body:
    """What a call says: its items, and whether it came as a batch."""

    items: list[Item]
    is_batch: bool
    atomic: bool
    dry_run: bool
    operator: str


def read_body(content: bytes, query: Mapping[str, str], kind: SheetKind) -> Body:
    """The items of the body. Raises: Faulty when it is no JSON or holds no items."""
    said = _decoded(content)
    # An inspection has a field of this name, so only a list makes a batch.
    names = frozenset(column.field for column in kind.columns)
    is_batch = isinstance(said.get("items"), list) or ("items" in said and "items" not in names)
    sent = said.pop("items") if is_batch else [said]
    beside = said if is_batch else {}
    if unknown := sorted(set(beside) - set(OPTIONS)):
        message = f"批量上传的最外层不认识 {'、'.join(unknown[:5])}；只能有 items、atomic、dry_run、operator。"
        raise Faulty(HTTPStatus.BAD_REQUEST, "option_unknown", message, unknown[0])
    options = {**beside, **{name: query[name] for name in OPTIONS if name in query}}
    _check_count(sent)
    return Body(
        items=[_item(each, names) for each in sent],
        is_batch=is_batch,
        atomic=_flag(options, "atomic"),
        dry_run=_flag(options, "dry_run"),
        operator=_text_option(options, "operator"),
    )


def _decoded(content: bytes) -> dict[str, Any]:
    try:
        said = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = "请求的内容不是正确的 JSON（须为 UTF-8）；请检查括号、引号和逗号。"
        raise Faulty(HTTPStatus.BAD_REQUEST, "json_malformed", message) from None
    if not isinstance(said, dict):
        message = '请求的内容须是一个对象：一条记录，或者 {"items": […]}。'
        raise Faulty(HTTPStatus.BAD_REQUEST, "body_not_an_object", message)
    return said


def _check_count(sent: Any) -> None:
    if not isinstance(sent, list) or not sent:
        message = "items 须是数组，至少有一条记录。"
        raise Faulty(HTTPStatus.BAD_REQUEST, "items_missing", message, "items")
    if len(sent) > MOST_ITEMS:
        message = f"一次最多 {MOST_ITEMS:,} 条，这次有 {len(sent):,} 条，请分成几批上传。"
        raise Faulty(HTTPStatus.BAD_REQUEST, "too_many_items", message, "items")


def _flag(options: Mapping[str, Any], name: str) -> bool:
    said = options.get(name, False)
    if said in (True, "true"):
        return True
    if said in (False, "false"):
        return False
    message = f"{name} 只能写 true 或 false。"
    raise Faulty(HTTPStatus.BAD_REQUEST, "option_malformed", message, name)


def _text_option(options: Mapping[str, Any], name: str) -> str:
    said = options.get(name, "")
    if isinstance(said, str) and "\x00" not in said:
        return said.strip()
    message = f"{name} 须是文字：被代传的经营户的统一社会信用代码。"
    raise Faulty(HTTPStatus.BAD_REQUEST, "option_malformed", message, name)


def _item(said: Any, names: frozenset[str]) -> Item:
    if not isinstance(said, dict):
        message = '每条记录须是一个对象，例如 {"external_id": "…", …}。'
        return Item("", {}, b"", [Problem("item_not_an_object", "", message)])
    external_id = said.pop("external_id", None)
    problems = _number_problems(external_id)
    if not said.keys() <= names:
        problems += _unknown_fields(said, names)
    texts = _plain_texts(said)
    if texts is None:
        texts, more = _texts(said)
        problems += more
    digest = hashlib.blake2b(_encoder.encode(texts), digest_size=16).digest()
    number = external_id if isinstance(external_id, str) else ""
    return Item(number.replace("\x00", "")[:64], texts, digest, problems)


def _plain_texts(said: dict[str, Any]) -> dict[str, str] | None:
    """The texts of an item that has nothing else, as most have; a hundred thousand pass in a second."""
    values = said.values()
    if set(map(type, values)) - {str}:
        return None
    joined = "".join(values)
    if len(joined) > MOST_CHARACTERS or "\x00" in joined:
        return None
    return {name: value for name, value in said.items() if value}


def _texts(said: dict[str, Any]) -> tuple[dict[str, str], list[Problem]]:
    """What the item says as texts, and what is no value of its field."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in said.items():
        if type(value) is str and len(value) <= MOST_CHARACTERS and "\x00" not in value:
            if value:
                texts[name] = value
        elif value is True or value is False:
            if takes_flag(name):
                texts[name] = "是" if value else "否"
            else:
                problems.append(_odd_value(name, value))
        elif _is_number(name, value):
            texts[name] = str(value)
        elif value is not None:
            problems.append(_odd_value(name, value))
    return texts, problems


def _number_problems(external_id: Any) -> list[Problem]:
    if external_id is None or external_id == "":
        message = "缺少 external_id：请填贵系统里这条记录的编号，重发时用同一个，平台据此不重复记。"
        return [Problem("external_id_missing", "external_id", message)]
    if isinstance(external_id, str) and _EXTERNAL_ID.fullmatch(external_id):
        return []
    message = (
        "external_id 须是 1 到 64 位的文字（写在引号里），"
        "只能有字母、数字、汉字和 _ . / : # -，以字母、数字或汉字开头。"
    )
    return [Problem("external_id_malformed", "external_id", message)]


def _unknown_fields(said: dict[str, Any], names: frozenset[str]) -> list[Problem]:
    unknown = sorted(said.keys() - names)
    for name in unknown:
        del said[name]
    message = (
        f"不认识的字段：{'、'.join(each[:40] for each in unknown[:5])}。可用的字段见接口说明。"
    )
    return [Problem("field_unknown", unknown[0][:40], message)]


def _is_number(name: str, value: Any) -> bool:
    is_number = isinstance(value, int | Decimal) and -BIGGEST < value < BIGGEST
    return is_number and takes_number(name)


def takes_number(name: str) -> bool:
    """Whether the field may be a JSON number; codes are text, or their leading zeros are lost."""
    return "quantity" in name


def takes_flag(name: str) -> bool:
    """Whether the field may be true or false."""
    return name.startswith("is_")


def _odd_value(name: str, value: Any) -> Problem:
    if isinstance(value, str):
        message = f"{name} 太长，或含有不能保存的字符；最多 {MOST_CHARACTERS} 个字。"
        return Problem("text_unusable", name, message)
    message = f"{name} 须写成文字（放在引号里）；只有数量可以直接写数字，“是否”可以写 true、false，日期写成 2026-04-01。"
    return Problem("field_type", name, message)
