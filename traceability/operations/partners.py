"""Each operator's own address book of suppliers and buyers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from enterprises.rules.pinyin import initials
from shilian.clock import business_day
from shilian.db.spelling import spelled_as
from shilian.problems import Problem, Rejected, errors
from shilian.text import normalise
from traceability.models import Partner
from traceability.operations import writing
from traceability.queries import listed, suppliers
from traceability.rules import partners as rules
from traceability.rules.partners import PartnerDraft

FILLED = (
    "name",
    "pinyin",
    "credit_code",
    "linked_operator_id",
    "is_supplier",
    "is_buyer",
    "is_outside_province",
    "address",
    "contact_name",
    "contact_phone",
    "licence_number",
    "licence_valid_until",
    "is_retired",
)


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
    _fill(saved, draft, _registered([draft]), keeps_roles=partner is None)
    saved.save()
    event = "partner_added" if is_new else "partner_changed"
    audit.append(by=by, at=at, event=event, about=operator, subject="Partner", subject_id=saved.pk)
    return saved


@transaction.atomic
def save_partners(
    *, by: Actor, operator: Operator, drafts: Sequence[PartnerDraft], at: datetime
) -> list[Partner]:
    """Enter many suppliers and buyers, all or none; gives each draft's partner, in their order.

    Who was entered before, or by an earlier draft, is found and takes the draft's facts, as if
    ``save_partner`` had been called for one draft after another.
    Raises: Rejected with every problem found, each naming its row.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    if not drafts:
        return []
    tidy = [rules.tidied(draft) for draft in drafts]
    own_code, today = operator.credit_code, business_day(at)
    problems = [
        problem
        for draft in tidy
        for problem in rules.check_partner(draft, own_code=own_code, today=today)
    ]
    if errors(problems):
        raise Rejected(problems)
    writing.take_turns(operator)
    book = _AddressBook(listed.partners_of(operator, tidy))
    linked = _registered(tidy)
    saved = [book.enter(operator, draft, linked, at) for draft in tidy]
    added = {row.pk: row for row in saved if row._state.adding}
    Partner.objects.bulk_update(
        {row.pk: row for row in saved if row.pk not in added}.values(), FILLED
    )
    writing.copy_models(Partner, list(added.values()))
    audit.append(by=by, at=at, event="partners_saved", about=operator, count=len(drafts))
    return saved


class _AddressBook:
    """The address book while many are entered: each draft sees what the ones before it left."""

    def __init__(self, entered: Sequence[Partner]) -> None:
        self._by_code = {row.credit_code: row for row in entered if row.credit_code}
        self._by_name = {normalise(row.name): row for row in entered if not row.credit_code}

    def enter(
        self, operator: Operator, draft: PartnerDraft, linked: Mapping[str, int], at: datetime
    ) -> Partner:
        """The draft's partner with its facts, found as ``_twin`` finds it or new."""
        found = self._by_code.get(draft.credit_code) or self._by_name.pop(
            normalise(draft.name), None
        )
        partner = found or Partner(operator=operator, created_at=at)
        _fill(partner, draft, linked, keeps_roles=True)
        if partner.credit_code:
            self._by_code[partner.credit_code] = partner
        else:
            self._by_name[normalise(partner.name)] = partner
        return partner


def _twin(operator: Operator, draft: PartnerDraft) -> Partner | None:
    """The same partner in the address book; one entered without its code is known by its name."""
    own = Partner.objects.filter(operator=operator)
    by_code = own.filter(credit_code=draft.credit_code).first() if draft.credit_code else None
    by_name = own.filter(credit_code="", name__in=spelled_as([draft.name])).order_by("pk")
    return by_code or by_name.first()


def _registered(drafts: Sequence[PartnerDraft]) -> dict[str, int]:
    """The registered operators that the drafts name by code. Cost: one query, none without codes."""
    codes = {draft.credit_code for draft in drafts} - {""}
    return suppliers.registered_by_code(codes) if codes else {}


def _fill(
    partner: Partner, draft: PartnerDraft, linked: Mapping[str, int], *, keeps_roles: bool
) -> None:
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
