"""Phone numbers in the forms that rosters and people write them."""

from __future__ import annotations

import re

from shilian.problems import Problem

MOBILE_FORM = re.compile(r"^1[3-9]\d{9}$")
LANDLINE_FORM = re.compile(r"^(0\d{2,3}-?)?[2-8]\d{6,7}(-\d{1,5})?$")
_COUNTRY = re.compile(r"^(\+?86|0086)(?=1[3-9]\d{9}$)")
_SEPARATORS = re.compile(r"[\s()\-—–]")


def tidy_phone(text: str) -> str:
    """``+86 138-0000-0000`` as ``13800000000``; a landline keeps its hyphens."""
    bare = _COUNTRY.sub("", _SEPARATORS.sub("", text))
    return bare if MOBILE_FORM.match(bare) else text.replace(" ", "")


def is_mobile(phone: str) -> bool:
    """Whether a code can be sent there."""
    return bool(MOBILE_FORM.match(phone))


def check_mobile(phone: str, *, field: str = "phone") -> list[Problem]:
    if not phone:
        return [Problem("phone_missing", field, "请填写手机号。")]
    if not is_mobile(phone):
        return [
            Problem("phone_malformed", field, "手机号应为11位数字，以1开头，请检查后重新填写。")
        ]
    return []


def check_phone(phone: str, *, field: str = "contact_phone") -> list[Problem]:
    """Problems of a number on a roster: a mobile or a landline; a missing one only warns."""
    if not phone:
        message = "没有联系电话，该主体将无法用验证码激活，请补充手机号。"
        return [Problem("phone_missing", field, message, severity="warning")]
    if is_mobile(phone):
        return []
    if LANDLINE_FORM.match(phone):
        message = "这是固定电话，收不到验证码，请尽量改为手机号。"
        return [Problem("phone_is_landline", field, message, severity="warning")]
    return [Problem("phone_malformed", field, "联系电话应为11位手机号或带区号的固定电话，请改正。")]
