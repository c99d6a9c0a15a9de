"""Names and numbers shortened for lists; the full value is shown only on a logged press."""

from __future__ import annotations

import re
from collections.abc import Callable

HIDDEN = "*"


def mask_phone(phone: str) -> str:
    """``138****5678``; a landline keeps its area code and the last four digits."""
    if match := re.fullmatch(r"(0\d{2,3}-?)(\d+)(\d{4})", phone):
        return f"{match[1]}{HIDDEN * 4}{match[3]}"
    if len(phone) < 8:
        return HIDDEN * len(phone)
    return f"{phone[:3]}{HIDDEN * (len(phone) - 7)}{phone[-4:]}"


def mask_name(name: str) -> str:
    """``张**``: the first character, and two stars whatever the length."""
    return f"{name[0]}{HIDDEN * 2}" if name else ""


def mask_identity(number: str) -> str:
    """``370***********1234``: the province's digits and the last four of an identity number."""
    if len(number) < 8:
        return HIDDEN * len(number)
    return f"{number[:3]}{HIDDEN * (len(number) - 7)}{number[-4:]}"


def mask_licence(number: str) -> str:
    """``JY1370102******``: what kind and which county, not which licence."""
    return f"{number[:9]}{HIDDEN * 6}" if len(number) > 9 else number


MASKS: dict[str, Callable[[str], str]] = {
    "phone": mask_phone,
    "name": mask_name,
    "identity": mask_identity,
    "licence": mask_licence,
}
