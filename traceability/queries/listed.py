"""Which products and partners an operator's books have already, as a sheet or form names them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from enterprises.models import Operator
from shilian.db.spelling import spelled_as
from shilian.text import normalise
from traceability.models import Partner, Product
from traceability.rules.catalogue import ProductDraft
from traceability.rules.partners import PartnerDraft

ProductKey = tuple[str, str, str, str]


def product_key(entry: ProductDraft | Product) -> ProductKey:
    """What makes two entries the same product; half-width or full-width is no difference."""
    name, maker = normalise(entry.name), normalise(entry.maker_name)
    return name, entry.specification, entry.unit, maker


def products_of(operator: Operator, drafts: Sequence[ProductDraft]) -> dict[ProductKey, Product]:
    """The drafts' products that the operator has already, by their key. Cost: one query."""
    wanted = {product_key(draft) for draft in drafts}
    names = spelled_as(draft.name for draft in drafts)
    rows = Product.objects.filter(operator=operator, name__in=names).order_by("pk")
    return {key: row for row in rows if (key := product_key(row)) in wanted}


def partners_of(operator: Operator, drafts: Sequence[PartnerDraft]) -> list[Partner]:
    """Everybody in the address book whom one of the drafts may mean. Cost: one query."""
    codes = {draft.credit_code for draft in drafts} - {""}
    by_name = Q(credit_code="", name__in=spelled_as(draft.name for draft in drafts))
    own = Partner.objects.filter(operator=operator)
    return list(own.filter(by_name | Q(credit_code__in=codes)).order_by("pk"))
