"""Looks at somebody else's facts: each is limited, needed and written down."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator, SelfBuiltSystem
from enterprises.operations import audit, rate_limits
from enterprises.queries import directory
from enterprises.queries.directory import PartnerCard
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem, Rejected
from shilian.text import tidy_prose

PARTNER_LOOKS = rate_limits.Limit("partner", capacity=30, seconds=60)
CONTACT_LOOKS = rate_limits.Limit("contact", capacity=60, seconds=20)
CONTACT_FIELDS = {
    "phone": "contact_phone",
    "name": "contact_name",
    "legal_person": "legal_person",
}
REASON_LENGTH = 200
USUAL_REASON = "履行监管职责联系"


def look_up_partner(*, by: Actor, code: str, at: datetime) -> PartnerCard | None:
    """The registered name and licence status behind an exact credit code, for its trade partner.

    Raises: TooMany. Source: launch speech (partners' data does not leak); one audit row a look.
    """
    by.require(Permission.MANAGE_CATALOGUE)
    message = "查得太频繁，请过几分钟再查。"
    rate_limits.require(PARTNER_LOOKS, str(by.person_id), at=at, message=message, field="code")
    card = directory.lookup_partner(code, on=business_day(at))
    audit.append(
        by=by,
        at=at,
        event="partner_looked_up",
        subject="Operator",
        subject_id=card.operator_id if card else None,
        found=card is not None,
    )
    return card


@transaction.atomic
def reveal_contact(*, by: Actor, operator: Operator, field: str, reason: str, at: datetime) -> str:
    """The full name or phone number that lists show masked; who looked and why is written down.

    Raises: Rejected for an unknown field or an overlong reason; TooMany.
    Source: domain.md section 8 (full value only on a logged, reasoned click).
    """
    by.require(Permission.VIEW_CONTACTS, on=operator)
    reason = tidy_prose(reason) or USUAL_REASON
    if field not in CONTACT_FIELDS:
        raise Rejected([Problem("field_unknown", "field", "没有这一项内容。")])
    if len(reason) > REASON_LENGTH:
        raise Rejected([Problem("reason_too_long", "reason", "理由不能超过200个字。")])
    message = "短时间内查看的联系方式太多，请过几分钟再试。"
    rate_limits.require(CONTACT_LOOKS, str(by.person_id), at=at, message=message)
    audit.append(by=by, at=at, event="contact_revealed", about=operator, reason=reason, field=field)
    return str(getattr(operator, CONTACT_FIELDS[field]))


@transaction.atomic
def reveal_system_contact(*, by: Actor, system: SelfBuiltSystem, at: datetime) -> str:
    """The full number of a system's contact, which the register shows masked; written down.

    Raises: TooMany; OutOfScope, Forbidden.
    """
    by.require(Permission.VIEW_CONTACTS, on=system.operator)
    message = "短时间内查看的联系方式太多，请过几分钟再试。"
    rate_limits.require(CONTACT_LOOKS, str(by.person_id), at=at, message=message)
    audit.append(
        by=by, at=at, event="contact_revealed", about=system.operator, subject="system",
        subject_id=system.pk, reason=USUAL_REASON, field="contact_phone",
    )  # fmt: skip
    return system.contact_phone
