"""The products and suppliers that a ledger names: found in the operator's books, or entered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db.models import Q

from enterprises.models import Operator
from enterprises.rules.pinyin import initials
from shilian.db.spelling import spelled_as
from shilian.text import normalise
from traceability.models import Partner, Product
from traceability.queries import suppliers
from traceability.rules.goods import PartnerFacts, ProductFacts
from traceability.sheets import LedgerLine

ProductKey = tuple[str, str, str]
# A supplier's credit code when the ledger knows it anywhere, else its name.
SupplierKey = tuple[str, str]
Key = TypeVar("Key", ProductKey, SupplierKey)


@dataclass(slots=True)
class Books:
    """What the lines name, by key; ids below zero stand for what is not in the books yet."""

    products: dict[ProductKey, ProductFacts] = field(default_factory=dict)
    suppliers: dict[SupplierKey, PartnerFacts] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)

    def product(self, line: LedgerLine) -> ProductFacts | None:
        return self.products.get(product_key(line))

    def supplier(self, line: LedgerLine) -> PartnerFacts | None:
        return self.suppliers.get(self.supplier_key(line))

    def supplier_key(self, line: LedgerLine) -> SupplierKey:
        """Rows that leave the code out belong to the one supplier of that name."""
        name = normalise(line.supplier_name)
        code = line.supplier_code or self.codes.get(name, "")
        return (code, "") if code else ("", name)


def product_key(line: LedgerLine) -> ProductKey:
    """What makes two lines name one product; half-width or full-width is no difference."""
    return normalise(line.product_name), line.specification, line.unit


def open_books(operator: Operator, lines: Sequence[LedgerLine]) -> Books:
    """What the operator's books already have of the lines; the rest under provisional ids.

    Cost: at most six queries, whatever the number of lines.
    """
    books = Books(codes=_codes_by_name(lines))
    books.products = _known_products(operator, lines)
    books.suppliers = _known_suppliers(operator, lines, books)
    for number, line in enumerate(lines, start=1):
        key = product_key(line)
        if key not in books.products:
            books.products[key] = _provisional_product(-number, line)
        supplier = books.supplier_key(line)
        if supplier not in books.suppliers:
            books.suppliers[supplier] = _provisional_supplier(-number, line, supplier[0])
    return books


def enter_missing(
    operator: Operator, books: Books, lines: Sequence[LedgerLine], at: datetime
) -> tuple[int, int]:
    """Enter the products and suppliers of these lines that the books lack; how many of each.

    One that was retired is taken up again. Two imports that enter the same one at once end with
    one. Cost: at most twelve queries.
    """
    products = _first_of_each(lines, product_key, books.products)
    people = _first_of_each(lines, books.supplier_key, books.suppliers)
    _take_up_again(operator, products, people)
    Product.objects.bulk_create(
        [_product(operator, line, at) for line in products.values()], ignore_conflicts=True
    )
    codes = suppliers.registered_by_code([key[0] for key in people if key[0]]) if people else {}
    Partner.objects.bulk_create(
        [_partner(operator, line, key[0], codes, at) for key, line in people.items()],
        ignore_conflicts=True,
    )
    books.products |= _known_products(operator, list(products.values()))
    books.suppliers |= _known_suppliers(operator, list(people.values()), books)
    return len(products), len(people)


def _take_up_again(
    operator: Operator,
    products: Mapping[ProductKey, LedgerLine],
    people: Mapping[SupplierKey, LedgerLine],
) -> None:
    """Put what was retired back on the lists to pick from. Cost: at most four queries."""
    if products:
        names = spelled_as(line.product_name for line in products.values())
        rows = Product.objects.filter(operator=operator, is_retired=True, name__in=names)
        fields = rows.values_list("name", "specification", "unit", "pk")
        ids = [pk for name, *key, pk in fields if (normalise(name), *key) in products]
        Product.objects.filter(operator=operator, pk__in=ids).update(is_retired=False)
    if people:
        codes = {code for code, _ in people if code}
        names = spelled_as(line.supplier_name for (_, name), line in people.items() if name)
        known = Q(credit_code__in=codes) | Q(credit_code="", name__in=names)
        retired = Partner.objects.filter(known, operator=operator, is_retired=True)
        retired.update(is_retired=False, is_supplier=True)


def _first_of_each(
    lines: Iterable[LedgerLine],
    key_of: Callable[[LedgerLine], Key],
    known: Mapping[Key, ProductFacts | PartnerFacts],
) -> dict[Key, LedgerLine]:
    """For each key that stands in no book yet: the first line that names it."""
    found: dict[Key, LedgerLine] = {}
    for line in lines:
        key = key_of(line)
        if known[key].id < 0:
            found.setdefault(key, line)
    return found


def _codes_by_name(lines: Iterable[LedgerLine]) -> dict[str, str]:
    """The credit code of each name that has exactly one in this ledger."""
    found: dict[str, set[str]] = {}
    for line in lines:
        if line.supplier_code:
            found.setdefault(normalise(line.supplier_name), set()).add(line.supplier_code)
    return {name: next(iter(codes)) for name, codes in found.items() if len(codes) == 1}


def _known_products(
    operator: Operator, lines: Sequence[LedgerLine]
) -> dict[ProductKey, ProductFacts]:
    wanted = {product_key(line) for line in lines}
    rows = (
        Product.objects.filter(
            operator=operator, name__in=spelled_as(line.product_name for line in lines)
        )
        .in_use()
        .order_by("pk")
        .values_list("pk", "name", "specification", "unit")
    )
    ids = {(normalise(name), spec, unit): pk for pk, name, spec, unit in rows}
    facts = suppliers.product_facts(operator, ids.values()) if ids else {}
    return {key: facts[pk] for key, pk in ids.items() if key in wanted}


def _known_suppliers(
    operator: Operator, lines: Sequence[LedgerLine], books: Books
) -> dict[SupplierKey, PartnerFacts]:
    keys = {books.supplier_key(line): normalise(line.supplier_name) for line in lines}
    own = Partner.objects.filter(operator=operator, is_retired=False)
    by_code = own.filter(credit_code__in={code for code, _ in keys if code})
    names_typed = spelled_as(line.supplier_name for line in lines)
    by_name = own.filter(name__in=names_typed, credit_code="").order_by("pk")
    codes = {code: pk for pk, code in by_code.values_list("pk", "credit_code")}
    names = {normalise(name): pk for pk, name in by_name.values_list("pk", "name")}
    ids = {key: codes.get(key[0]) or names.get(name) for key, name in keys.items()}
    facts = suppliers.partner_facts(operator, [pk for pk in ids.values() if pk])
    return {key: facts[pk] for key, pk in ids.items() if pk}


def _provisional_product(id_: int, line: LedgerLine) -> ProductFacts:
    value, unit = line.shelf_life or (None, "")
    return ProductFacts(
        id=id_,
        name=line.product_name,
        specification=line.specification,
        unit=line.unit,
        shelf_life_value=value,
        shelf_life_unit=unit,
    )


def _provisional_supplier(id_: int, line: LedgerLine, code: str) -> PartnerFacts:
    return PartnerFacts(id=id_, name=line.supplier_name, credit_code=code)


def _product(operator: Operator, line: LedgerLine, at: datetime) -> Product:
    value, unit = line.shelf_life or (None, "")
    return Product(
        operator=operator,
        name=line.product_name,
        pinyin=initials(line.product_name)[:80],
        specification=line.specification,
        unit=line.unit,
        shelf_life_value=value,
        shelf_life_unit=unit,
        created_at=at,
    )


def _partner(
    operator: Operator, line: LedgerLine, code: str, registered: dict[str, int], at: datetime
) -> Partner:
    return Partner(
        operator=operator,
        name=line.supplier_name,
        pinyin=initials(line.supplier_name)[:120],
        credit_code=code,
        linked_operator_id=registered.get(code),
        is_supplier=True,
        address=line.supplier_address,
        contact_name=line.supplier_person,
        contact_phone=line.supplier_phone,
        created_at=at,
    )
