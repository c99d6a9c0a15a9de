"""Whoever searches finds a name, whichever width either of them was typed in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from enterprises.models import Operator
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.runs import make_box, taken
from tests.builders.traceability import (
    TODAY,
    batch_of,
    make_partner,
    make_product,
    make_purchase,
)
from traceability.models import Partner, Product
from traceability.operations import movements as operations
from traceability.queries import boxes, movements, stock
from traceability.rules.movements import MovementDraft

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


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("typed", TYPED)
def test_losses_boxes_and_batch_numbers_are_found(stored: str, typed: str) -> None:
    operator = make_operator()
    by = owner_of(operator)
    named = batch_of(make_purchase(operator, product=make_product(operator, name=stored)))
    numbered = batch_of(make_purchase(operator, batch_number=stored))
    draft = MovementDraft("loss", named.pk, Decimal(1), TODAY, "受潮")
    operations.record_movements(by=by, operator=operator, drafts=[draft], at=AT)
    make_box(operator, taken(named, 1))

    assert movements.list_movements(by, operator, search=typed).count() == 1
    assert boxes.list_boxes(by, operator, search=typed).count() == 1
    found = stock.batches_on_hand(by, operator, on=TODAY, search=typed)
    assert numbered.pk in [line.batch_id for line in found]


@pytest.mark.parametrize(("typed", "count"), [("-", 0), ("69012", 1), ("1234567", 0)])
def test_a_text_without_a_number_finds_no_box_by_its_number(typed: str, count: int) -> None:
    operator = make_operator()
    batch = batch_of(make_purchase(operator))
    make_box(operator, taken(batch, 1), company_prefix="6901234")
    make_box(operator, taken(batch, 1))

    assert boxes.list_boxes(owner_of(operator), operator, search=typed).count() == count
