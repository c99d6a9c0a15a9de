"""The products and partners that uploaded lines name: found in the operator's books, or entered.

What is entered by its name alone is marked for review. A product or partner that was merged into
another is remembered as that one's second name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import Q

from enterprises.models import Operator
from enterprises.rules.pinyin import initials
from shilian.clock import business_day
from shilian.db.spelling import spelled_as
from shilian.text import normalise
from traceability.models import Partner, Product
from traceability.queries import categories, suppliers
from traceability.queries.suppliers import Named
from traceability.rules.catalogue import CategoryFacts
from traceability.rules.goods import PartnerFacts, ProductFacts


class Goods(NamedTuple):
    """A product as a line names it; ``shelf_life`` is a number and its unit, ``category`` a code."""

    name: str
    specification: str
    unit: str
    gtin: str = ""
    shelf_life: tuple[int, str] | None = None
    category: str = ""


class Party(NamedTuple):
    """A supplier or buyer as a line names it."""

    name: str
    credit_code: str = ""
    address: str = ""
    person: str = ""
    phone: str = ""
    licence_number: str = ""


Name = TypeVar("Name", Goods, Party)
# Name, specification and unit; half-width or full-width is no difference.
ProductKey = tuple[str, str, str]
# The credit code when the lines know it anywhere, else the name.
PartyKey = tuple[str, str]


@dataclass(slots=True)
class Books:
    """What the lines name; ids below zero stand for what is not in the books yet."""

    goods: dict[Goods, ProductFacts] = field(default_factory=dict)
    parties: dict[Party, PartnerFacts] = field(default_factory=dict)

    @property
    def products(self) -> dict[int, ProductFacts]:
        return {facts.id: facts for facts in self.goods.values()}

    @property
    def partners(self) -> dict[int, PartnerFacts]:
        return {facts.id: facts for facts in self.parties.values()}


def product_key(goods: Goods) -> ProductKey:
    return normalise(goods.name), goods.specification, goods.unit


def open_books(operator: Operator, goods: Collection[Goods], parties: Collection[Party]) -> Books:
    """What the operator's books already have of these; the rest under provisional ids.

    A product is found by its barcode before its name, a partner by its credit code before its name.
    Cost: one query, and two more when they name what was merged; whatever the number of lines.
    """
    codes = _codes_by_name(parties)
    keys = {one: _party_key(one, codes) for one in parties}
    found = suppliers.named(
        operator,
        gtins={one.gtin for one in goods if one.gtin},
        products=spelled_as({one.name for one in goods}),
        codes={code for code, _ in keys.values() if code},
        partners=spelled_as({one.name for one in parties}),
    )
    return Books(_find_goods(operator, goods, found), _find_parties(operator, keys, found))


def enter_missing(
    operator: Operator,
    goods: Collection[Goods],
    parties: Collection[Party],
    *,
    at: datetime,
    as_buyers: bool = False,
) -> Books:
    """The books after what they lack of these was entered, each once, marked for review.

    One that was retired is taken up again. Two uploads that enter the same one at once end with
    one. Cost: at most fifteen queries.
    """
    books = open_books(operator, goods, parties)
    products = _first_of_each(books.goods)
    people = [
        # The code may stand on another line of the same name.
        one._replace(credit_code=books.parties[one].credit_code)
        for one in _first_of_each(books.parties)
    ]
    if products:
        _enter_products(operator, products, at)
    if people:
        _enter_partners(operator, people, at, as_buyers=as_buyers)
    return open_books(operator, goods, parties) if products or people else books


def _first_of_each(named: Mapping[Name, ProductFacts | PartnerFacts]) -> list[Name]:
    """Of each that stands in no book yet: the first that names it."""
    found: dict[int, Name] = {}
    for one, facts in named.items():
        if facts.id < 0:
            found.setdefault(facts.id, one)
    return list(found.values())


def _find_goods(
    operator: Operator, goods: Collection[Goods], found: Named
) -> dict[Goods, ProductFacts]:
    by_gtin = {each.gtin: each.meant_id for each in found.by_gtin}
    by_key = {_key_of(each.facts): each.meant_id for each in found.by_name}
    ids = {one: by_gtin.get(one.gtin) or by_key.get(product_key(one)) for one in goods}
    facts = {each.facts.id: each.facts for each in (*found.by_gtin, *found.by_name)}
    if merged := {pk for pk in ids.values() if pk and pk not in facts}:
        facts |= suppliers.product_facts(operator, merged)
    provisional: dict[ProductKey, ProductFacts] = {}
    return {
        one: facts[pk] if pk else _provisional_product(one, provisional) for one, pk in ids.items()
    }


def _key_of(facts: ProductFacts) -> ProductKey:
    return normalise(facts.name), facts.specification, facts.unit


def _find_parties(
    operator: Operator, keys: Mapping[Party, PartyKey], found: Named
) -> dict[Party, PartnerFacts]:
    by_code = {each.facts.credit_code: each.meant_id for each in found.partners_by_code}
    by_name, only_name = _ids_by_name(found)
    ids: dict[Party, int | None] = {}
    for one, (code, name) in keys.items():
        nameless = by_name.get(normalise(one.name))
        ids[one] = by_code.get(code) or nameless or (None if code else only_name.get(name))
    facts = {e.facts.id: e.facts for e in (*found.partners_by_code, *found.partners_by_name)}
    if merged := {pk for pk in ids.values() if pk and pk not in facts}:
        facts |= suppliers.partner_facts(operator, merged)
    provisional: dict[PartyKey, PartnerFacts] = {}
    return {
        one: facts[pk] if pk else _provisional_partner(one, keys[one], provisional)
        for one, pk in ids.items()
    }


def _codes_by_name(parties: Iterable[Party]) -> dict[str, str]:
    """The credit code of each name that has exactly one among these."""
    found: dict[str, set[str]] = {}
    for one in parties:
        if one.credit_code:
            found.setdefault(normalise(one.name), set()).add(one.credit_code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}


def _party_key(party: Party, codes: dict[str, str]) -> PartyKey:
    """Lines that leave the code out belong to the one partner of that name."""
    name = normalise(party.name)
    code = party.credit_code or codes.get(name, "")
    return (code, "") if code else ("", name)


def _ids_by_name(found: Named) -> tuple[dict[str, int], dict[str, int]]:
    """Partners without a credit code by name; and those with one whose name no other has."""
    without: dict[str, int] = {}
    having: dict[str, set[int]] = {}
    for each in found.partners_by_name:
        name = normalise(each.facts.name)
        if each.facts.credit_code:
            having.setdefault(name, set()).add(each.meant_id)
        else:
            without[name] = each.meant_id
    return without, {name: ids.pop() for name, ids in having.items() if len(ids) == 1}


def _provisional_product(goods: Goods, made: dict[ProductKey, ProductFacts]) -> ProductFacts:
    key = product_key(goods)
    if key not in made:
        value, unit = goods.shelf_life or (None, "")
        made[key] = ProductFacts(
            id=-1 - len(made),
            name=goods.name,
            specification=goods.specification,
            unit=goods.unit,
            shelf_life_value=value,
            shelf_life_unit=unit,
        )
    return made[key]


def _provisional_partner(
    party: Party, key: PartyKey, made: dict[PartyKey, PartnerFacts]
) -> PartnerFacts:
    if key not in made:
        made[key] = PartnerFacts(id=-1 - len(made), name=party.name, credit_code=key[0])
    return made[key]


def _enter_products(operator: Operator, goods: list[Goods], at: datetime) -> None:
    wanted = {product_key(one) for one in goods}
    rows = Product.objects.filter(
        operator=operator, is_retired=True, name__in=spelled_as(one.name for one in goods)
    )
    named = rows.values_list("name", "specification", "unit", "pk")
    back = [pk for name, *key, pk in named if (normalise(name), *key) in wanted]
    Product.objects.filter(operator=operator, pk__in=back).update(is_retired=False)
    known = categories.in_force(business_day(at), {one.category for one in goods})
    Product.objects.bulk_create(
        [_product(operator, one, known.get(one.category), at) for one in goods],
        ignore_conflicts=True,
    )


def _product(
    operator: Operator, goods: Goods, category: CategoryFacts | None, at: datetime
) -> Product:
    value, unit = goods.shelf_life or (None, "")
    return Product(
        operator=operator,
        name=goods.name,
        pinyin=initials(goods.name)[:80],
        specification=goods.specification,
        unit=goods.unit,
        gtin=goods.gtin,
        category_id=category.code if category else None,
        goods_class=category.goods_class if category else "",
        is_farm_produce=category.is_farm_produce if category else False,
        shelf_life_value=value,
        shelf_life_unit=unit,
        needs_review=True,
        created_at=at,
    )


def _enter_partners(
    operator: Operator, parties: list[Party], at: datetime, *, as_buyers: bool
) -> None:
    """Enter them; one that is registered by its code needs no review."""
    codes = {one.credit_code for one in parties if one.credit_code}
    names = spelled_as(one.name for one in parties if not one.credit_code)
    known = Q(credit_code__in=codes) | Q(credit_code="", name__in=names)
    role = {"is_buyer": True} if as_buyers else {"is_supplier": True}
    retired = Partner.objects.filter(known, operator=operator, is_retired=True)
    retired.update(is_retired=False, **role)
    registered = suppliers.registered_by_code(codes) if codes else {}
    made = [_partner(operator, one, registered, at) for one in parties]
    for partner in made:
        partner.is_buyer, partner.is_supplier = as_buyers, not as_buyers
    Partner.objects.bulk_create(made, ignore_conflicts=True)


def _partner(operator: Operator, party: Party, registered: dict[str, int], at: datetime) -> Partner:
    return Partner(
        operator=operator,
        name=party.name,
        pinyin=initials(party.name)[:120],
        credit_code=party.credit_code,
        linked_operator_id=registered.get(party.credit_code),
        address=party.address,
        contact_name=party.person,
        contact_phone=party.phone,
        licence_number=party.licence_number,
        needs_review=party.credit_code not in registered,
        created_at=at,
    )
