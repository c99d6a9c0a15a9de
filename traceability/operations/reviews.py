"""Looking over the products and partners that an upload entered by their names alone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Q

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Rejected
from traceability.models import Partner, Product
from traceability.operations import writing
from traceability.queries import reviews
from traceability.rules import reviews as rules

Entry = TypeVar("Entry", Product, Partner)


@transaction.atomic
def confirm_entries(
    *,
    by: Actor,
    operator: Operator,
    product_ids: Collection[int] = (),
    partner_ids: Collection[int] = (),
    at: datetime,
) -> int:
    """Take the entries for right as they are; gives how many waited. Cost: three queries."""
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    products = Product.objects.filter(operator=operator, pk__in=product_ids, needs_review=True)
    partners = Partner.objects.filter(operator=operator, pk__in=partner_ids, needs_review=True)
    count = products.update(needs_review=False) + partners.update(needs_review=False)
    if count:
        audit.append(by=by, at=at, event="entries_confirmed", about=operator, count=count)
    return count


@transaction.atomic
def merge_products(
    *, by: Actor, operator: Operator, product_id: int, into_id: int, at: datetime
) -> Product:
    """Declare a product the second name of another, which is used from now on; records stay.

    Raises: Rejected when they cannot be one; OutOfScope when the operator has no such products.
    """
    product, into = _both(by, operator, Product, product_id, into_id)
    problems = rules.check_merge(reviews.product_entry(product), reviews.product_entry(into))
    if problems:
        raise Rejected(problems)
    _merge(by, operator, product, into, at)
    return into


@transaction.atomic
def merge_partners(
    *, by: Actor, operator: Operator, partner_id: int, into_id: int, at: datetime
) -> Partner:
    """The same for partners; the one that stays is what both were, supplier or buyer."""
    partner, into = _both(by, operator, Partner, partner_id, into_id)
    problems = rules.check_merge(reviews.partner_entry(partner), reviews.partner_entry(into))
    if problems:
        raise Rejected(problems)
    into.is_supplier |= partner.is_supplier
    into.is_buyer |= partner.is_buyer
    into.save(update_fields=["is_supplier", "is_buyer"])
    _merge(by, operator, partner, into, at)
    return into


def _both(
    by: Actor, operator: Operator, model: type[Entry], id_: int, into_id: int
) -> tuple[Entry, Entry]:
    """Both entries, after all others who write the operator's books."""
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    writing.take_turns(operator)
    rows = model._default_manager.filter(operator=operator)
    found = rows.in_bulk([id_, into_id])
    if id_ not in found or into_id not in found:
        raise OutOfScope
    return found[id_], found[into_id]


def _merge(by: Actor, operator: Operator, entry: Entry, into: Entry, at: datetime) -> None:
    """Retire the entry as a second name; what was a second name of it follows."""
    rows = type(entry)._default_manager.filter(operator=operator)
    rows.filter(Q(pk=entry.pk) | Q(merged_into_id=entry.pk)).update(
        merged_into_id=into.pk, is_retired=True, needs_review=False
    )
    rows.filter(pk=into.pk).update(needs_review=False)
    audit.append(
        by=by,
        at=at,
        event="entries_merged",
        about=operator,
        subject=type(entry).__name__,
        subject_id=entry.pk,
        into=into.pk,
    )
