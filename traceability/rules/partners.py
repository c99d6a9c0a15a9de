"""What makes a supplier or buyer impossible or doubtful. Source: domain.md sections 1.1 and 2."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from enterprises.rules.credit_codes import check_credit_code, check_licence_number
from shilian.problems import Problem
from shilian.text import normalise, tidy_prose
from traceability.rules import dates, texts

TEXT_FIELDS = (
    ("address", "地址", 200),
    ("contact_name", "联系人", 40),
    ("contact_phone", "联系电话", 20),
    ("licence_number", "许可证编号", 60),
)
PHONE_CHARACTERS = frozenset("0123456789+-() 转")
PHONE_DIGITS = range(7, 16)


# Of these, what people write as they please; the others are numbers.
WRITTEN = ("address", "contact_name")


@dataclass(frozen=True, slots=True)
class PartnerDraft:
    """A supplier or buyer as the operator knows it, inside the province or outside."""

    name: str
    credit_code: str = ""
    is_supplier: bool = False
    is_buyer: bool = False
    is_outside_province: bool = False
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    licence_number: str = ""
    licence_valid_until: date | None = None
    row: int | None = None


def tidied(draft: PartnerDraft) -> PartnerDraft:
    """The draft as it is stored: names as they are written, numbers half-width, codes in capitals."""
    tidy: dict[str, Any] = {name: normalise(getattr(draft, name)) for name, _, _ in TEXT_FIELDS}
    tidy |= {name: tidy_prose(getattr(draft, name)) for name in WRITTEN}
    return replace(
        draft,
        **tidy,
        name=tidy_prose(draft.name),
        credit_code=normalise(draft.credit_code).upper().replace(" ", "").replace("-", ""),
    )


def check_partner(draft: PartnerDraft, *, own_code: str, today: date) -> list[Problem]:
    """Every problem of a tidied draft; ``own_code`` is the operator's."""
    problems = texts.check_required_text(draft.name, "name", "名称", 120)
    for name, label, limit in TEXT_FIELDS:
        problems += texts.check_text(getattr(draft, name), name, label, limit)
    if not draft.is_supplier and not draft.is_buyer:
        message = "请选择它是供货者、购货者，或两者都是。"
        problems.append(Problem("partner_role_missing", "is_supplier", message))
    problems += _check_code(draft, own_code)
    problems += _check_phone(draft.contact_phone)
    problems += check_licence_number(draft.licence_number) if draft.licence_number else []
    until = draft.licence_valid_until
    if until is not None and until < today:
        message = f"许可证已于{dates.spoken(until)}到期，请索要新证；可以先保存。"
        problems.append(
            Problem("supplier_licence_expired", "licence_valid_until", message, severity="warning")
        )
    return problems if draft.row is None else [problem.at_row(draft.row) for problem in problems]


def _check_code(draft: PartnerDraft, own_code: str) -> list[Problem]:
    if not draft.credit_code:
        return []
    if draft.credit_code == own_code:
        message = "这是您自己的统一社会信用代码，请填写对方的。"
        return [Problem("partner_is_oneself", "credit_code", message)]
    return check_credit_code(draft.credit_code)


def _check_phone(phone: str) -> list[Problem]:
    """Mobile numbers, landlines with extension and service numbers are all fine; words are not."""
    if not phone:
        return []
    digits = sum(char.isdigit() for char in phone)
    if set(phone) <= PHONE_CHARACTERS and digits in PHONE_DIGITS:
        return []
    message = "联系电话请填手机号或带区号的座机号，例如：13812345678、0531-88888888。"
    return [Problem("phone_malformed", "contact_phone", message)]
