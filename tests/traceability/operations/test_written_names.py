"""Names stay as they were written; the same name in another width is the same all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders.enterprises import AT, make_operator, owner_of
from traceability.models import Partner, Product
from traceability.operations import catalogue, import_books, partners
from traceability.operations.import_books import Goods, Party
from traceability.rules.catalogue import ProductDraft
from traceability.rules.partners import PartnerDraft

pytestmark = pytest.mark.django_db
WIDE, HALF = "金穗面粉（特制）", "金穗面粉(特制)"
FLOUR = ProductDraft(name=WIDE, unit="袋", specification="２５ｋｇ／袋", maker_name="金穗（山东）")
MILL = PartnerDraft(
    name=WIDE, is_supplier=True, address="泺源大街１号（院内）", contact_name="李四"
)


def test_a_product_keeps_its_name_and_folds_its_size() -> None:
    operator = make_operator()

    saved = catalogue.save_product(by=owner_of(operator), operator=operator, draft=FLOUR, at=AT)

    assert (saved.name, saved.specification, saved.maker_name) == (WIDE, "25kg/袋", "金穗（山东）")


def test_a_product_entered_in_the_other_width_is_the_same() -> None:
    operator = make_operator()
    by = {"by": owner_of(operator), "operator": operator, "at": AT}
    first = catalogue.save_product(draft=FLOUR, **by)
    other = replace(FLOUR, name=HALF, maker_name="金穗(山东)")

    one = catalogue.save_product(draft=other, **by)
    many = catalogue.save_products(drafts=[FLOUR, other], **by)

    assert {one.pk, *(each.pk for each in many)} == {first.pk}
    assert Product.objects.count() == 1


def test_a_partner_entered_in_the_other_width_is_the_same() -> None:
    operator = make_operator()
    by = {"by": owner_of(operator), "operator": operator, "at": AT}
    first = partners.save_partner(draft=MILL, **by)

    one = partners.save_partner(draft=replace(MILL, name=HALF), **by)
    many = partners.save_partners(drafts=[MILL, replace(MILL, name=HALF)], **by)

    assert {one.pk, *(each.pk for each in many)} == {first.pk}
    assert Partner.objects.get().address == "泺源大街１号（院内）"


def test_a_ledger_finds_what_was_entered_in_the_other_width() -> None:
    operator = make_operator()
    by = {"by": owner_of(operator), "operator": operator, "at": AT}
    product = catalogue.save_product(draft=FLOUR, **by)
    partner = partners.save_partner(draft=MILL, **by)
    goods = [Goods(name, "25kg/袋", "袋") for name in (HALF, WIDE)]
    parties = [Party(name) for name in (HALF, WIDE)]

    books = import_books.open_books(operator, goods, parties)

    assert {books.goods[one].id for one in goods} == {product.pk}
    assert {books.parties[one].id for one in parties} == {partner.pk}


def test_two_widths_in_one_ledger_are_entered_once() -> None:
    operator = make_operator()
    goods = [Goods(name, "", "袋") for name in (HALF, WIDE)]
    parties = [Party(name) for name in (HALF, WIDE)]

    books = import_books.enter_missing(operator, goods, parties, at=AT)

    assert len(books.products) == len(books.partners) == 1
    assert Product.objects.get().name == Partner.objects.get().name == HALF
