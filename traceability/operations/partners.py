"""Each operator's own address book of suppliers and buyers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from enterprises.rules.pinyin import initials
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors
from traceability.models import Partner
from traceability.operations import writing
from traceability.queries import suppliers
from traceability.rules import partners as rules
from traceability.rules.partners import PartnerDraft


@transaction.atomic
def save_partner(
    *,
    by: Actor,
    operator: Operator,
    draft: PartnerDraft,
    at: datetime,
    partner: Partner | None = None,
) -> Partner:
    """Enter a supplier or buyer, or change ``partner``; a second entry of one finds the first.

    The same credit code is the same partner, without one the same name is. A registered operator is
    linked by its exact credit code; nothing else of it is told.
    Raises: Rejected with every problem; OutOfScope for another operator's partner.
    """
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    if partner is not None and partner.operator_id != operator.pk:
        raise OutOfScope
    draft = rules.tidied(draft)
    problems = rules.check_partner(draft, own_code=operator.credit_code, today=business_day(at))
    writing.take_turns(operator)
    twin = _twin(operator, draft)
    if partner is not None and twin is not None and twin.pk != partner.pk:
        message = "您的往来单位里已有这一家，请直接使用那一个。"
        field = "credit_code" if draft.credit_code else "name"
        problems.append(Problem("partner_exists", field, message))
    if errors(problems):
        raise Rejected(problems)
    saved = partner or twin or Partner(operator=operator, created_at=at)
    is_new = saved._state.adding
    _fill(saved, draft, keeps_roles=partner is None)
    saved.save()
    event = "partner_added" if is_new else "partner_changed"
    audit.append(by=by, at=at, event=event, about=operator, subject="Partner", subject_id=saved.pk)
    return saved


def _twin(operator: Operator, draft: PartnerDraft) -> Partner | None:
    """The same partner in the address book; one entered without its code is known by its name."""
    own = Partner.objects.filter(operator=operator)
    by_code = own.filter(credit_code=draft.credit_code).first() if draft.credit_code else None
    return by_code or own.filter(credit_code="", name=draft.name).first()


def _fill(partner: Partner, draft: PartnerDraft, *, keeps_roles: bool) -> None:
    linked = suppliers.registered_by_code([draft.credit_code]) if draft.credit_code else {}
    partner.name = draft.name
    partner.pinyin = initials(draft.name)[:120]
    partner.credit_code = draft.credit_code
    partner.linked_operator_id = linked.get(draft.credit_code)
    partner.is_supplier = draft.is_supplier or (keeps_roles and partner.is_supplier)
    partner.is_buyer = draft.is_buyer or (keeps_roles and partner.is_buyer)
    partner.is_outside_province = draft.is_outside_province and not partner.is_registered
    partner.address = draft.address
    partner.contact_name = draft.contact_name
    partner.contact_phone = draft.contact_phone
    partner.licence_number = draft.licence_number
    partner.licence_valid_until = draft.licence_valid_until
    partner.is_retired = False


@transaction.atomic
def retire_partner(*, by: Actor, operator: Operator, partner_id: int, at: datetime) -> Partner:
    """Take the partner off the lists to pick from; its records stay.

    Raises: OutOfScope when the operator has no such partner.
    """
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    partner = Partner.objects.filter(operator=operator, pk=partner_id).first()
    if partner is None:
        raise OutOfScope
    partner.is_retired = True
    partner.save(update_fields=["is_retired"])
    audit.append(
        by=by,
        at=at,
        event="partner_retired",
        about=operator,
        subject="Partner",
        subject_id=partner.pk,
    )
    return partner
