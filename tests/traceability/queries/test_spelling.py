"""Whoever searches finds a name, whichever width either of them was typed in."""

from __future__ import annotations

import pytest

from enterprises.models import Operator
from tests.builders.enterprises import make_operator, owner_of
from tests.builders.traceability import TODAY, make_partner, make_product, make_purchase
from traceability.models import Partner, Product
from traceability.queries import stock

pytestmark = pytest.mark.django_db
STORED = ["金穗（山东）AB粉", "金穗(山东)AB粉", "金穗（山东）ＡＢ粉"]
TYPED = ["金穗(山东)AB", "金穗（山东）ＡＢ", "（山东）AB"]


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("typed", TYPED)
def test_products_partners_and_operators_are_found(stored: str, typed: str) -> None:
    operator = make_operator(name=stored)
    product = make_product(operator, name=stored)
    partner = make_partner(operator, name=stored)

    assert list(Product.objects.filter(operator=operator).matching(typed)) == [product]
    assert list(Partner.objects.filter(operator=operator).matching(typed)) == [partner]
    assert list(Operator.objects.filter(pk=operator.pk).matching(typed)) == [operator]


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("typed", TYPED)
def test_goods_on_hand_are_found(stored: str, typed: str) -> None:
    operator = make_operator()
    bought = make_purchase(operator, product=make_product(operator, name=stored))

    found = stock.batches_on_hand(owner_of(operator), operator, on=TODAY, search=typed)

    assert [line.batch_id for line in found] == [bought.batch_id]
