"""What uploads entered by its name alone and nobody has looked at, with what it may really be."""

from __future__ import annotations

from dataclasses import dataclass

from enterprises.models import Operator
from traceability.models import Partner, Product
from traceability.rules import reviews as rules
from traceability.rules.reviews import Entry

SHOWN = 20
COMPARED = 300
OFFERED = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry to look at, and the entries of which it may be a second name."""

    entry: Entry
    note: str
    others: list[Entry]


@dataclass(frozen=True, slots=True)
class Reviews:
    """The first entries of each sort, and how many wait in all."""

    products: list[Waiting]
    partners: list[Waiting]
    product_count: int
    partner_count: int


def waiting_reviews(operator: Operator) -> Reviews:
    """What waits for somebody to look at it, the oldest first. Cost: six queries."""
    products = Product.objects.filter(operator=operator).in_use()
    partners = Partner.objects.filter(operator=operator, is_retired=False)
    goods, people = products.filter(needs_review=True), partners.filter(needs_review=True)
    # Reviewed ones first, the latest entered of them.
    known_goods = [product_entry(row) for row in products.order_by(*_KNOWN)[:COMPARED]]
    known_people = [partner_entry(row) for row in partners.order_by(*_KNOWN)[:COMPARED]]
    return Reviews(
        products=[
            _waiting(product_entry(row), "", known_goods) for row in goods.order_by("pk")[:SHOWN]
        ],
        partners=[
            _waiting(partner_entry(row), _note(row), known_people)
            for row in people.order_by("pk")[:SHOWN]
        ],
        product_count=goods.count(),
        partner_count=people.count(),
    )


_KNOWN = ("needs_review", "-pk")


def _waiting(entry: Entry, note: str, known: list[Entry]) -> Waiting:
    return Waiting(entry, note, rules.alike(entry, known, OFFERED))


def count_reviews(operator: Operator) -> int:
    """How many entries wait. Cost: one query."""
    waiting = {"operator": operator, "is_retired": False, "needs_review": True}
    products = Product.objects.filter(**waiting).values_list("pk")
    return products.union(Partner.objects.filter(**waiting).values_list("pk"), all=True).count()


def _note(partner: Partner) -> str:
    roles = [*["供货者"] * partner.is_supplier, *["购货者"] * partner.is_buyer]
    said = "、".join(roles)
    return "，".join(text for text in (said, partner.credit_code, partner.contact_phone) if text)


def product_entry(product: Product) -> Entry:
    return Entry(
        id=product.pk,
        name=product.name,
        specification=product.specification,
        unit=product.unit,
        is_retired=product.is_retired,
    )


def partner_entry(partner: Partner) -> Entry:
    return Entry(
        id=partner.pk,
        name=partner.name,
        credit_code=partner.credit_code,
        is_retired=partner.is_retired,
    )
