from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from enterprises.actor import OutOfScope
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from traceability.models import GoodsCategory, GoodsClass, Product
from traceability.operations import catalogue
from traceability.rules.catalogue import ProductDraft

pytestmark = pytest.mark.django_db

MILK = ProductDraft(name="纯牛奶", unit="箱", specification="250ml×12", category="dairy")


@pytest.fixture(autouse=True)
def _reviewed():
    catalogue.load_reviewed()


def save(operator, draft=MILK, **more):
    return catalogue.save_product(
        by=owner_of(operator), operator=operator, draft=draft, at=AT, **more
    )


def test_the_class_follows_from_the_category():
    saved = save(make_operator())

    assert (saved.goods_class, saved.is_farm_produce, saved.pinyin) == ("K06_DAIRY", False, "cnn")


def test_a_category_no_longer_in_force_is_unknown():
    GoodsCategory.objects.filter(code="dairy").update(effective_to=date(2026, 11, 9))

    with pytest.raises(Rejected) as refused:
        save(make_operator())

    assert refused.value.codes == ["category_unknown"]
    assert not Product.objects.exists()


def test_typed_text_is_stored_half_width():
    saved = save(
        make_operator(),
        replace(MILK, name=" 纯牛奶　", unit="KG", gtin="６９０１２３４５６７８９２"),
    )

    assert (saved.name, saved.unit, saved.gtin) == ("纯牛奶", "千克", "6901234567892")


def test_a_product_entered_twice_is_one():
    operator = make_operator()

    first, second = save(operator), save(operator, replace(MILK, storage="常温"))

    assert first.pk == second.pk
    assert Product.objects.get().storage == "常温"


def test_a_change_may_not_meet_another_product():
    operator = make_operator()
    save(operator)
    other = save(operator, replace(MILK, name="酸牛奶"))

    with pytest.raises(Rejected) as refused:
        save(operator, MILK, product=other)

    assert refused.value.codes == ["product_exists"]


def test_every_fault_is_told_at_once():
    bad = ProductDraft(name="", unit="坨", gtin="6901234567893", shelf_life_value=0)

    with pytest.raises(Rejected) as refused:
        save(make_operator(), bad)

    assert refused.value.codes == [
        "name_missing",
        "unit_unknown",
        "shelf_life_not_positive",
        "gtin_check_digit",
    ]


def test_another_operators_product_does_not_exist():
    foreign = save(make_operator())
    operator = make_operator()

    with pytest.raises(OutOfScope):
        save(operator, MILK, product=foreign)
    with pytest.raises(OutOfScope):
        catalogue.retire_product(
            by=owner_of(operator), operator=operator, product_id=foreign.pk, at=AT
        )


def test_a_retired_product_comes_back_when_entered_again():
    operator = make_operator()
    saved = save(operator)
    catalogue.retire_product(by=owner_of(operator), operator=operator, product_id=saved.pk, at=AT)

    assert not Product.objects.in_use().exists()
    assert save(operator).pk == saved.pk
    assert Product.objects.in_use().exists()


def test_loading_again_adds_nothing():
    out = StringIO()

    call_command("load_catalogue", "--commit", stdout=out)

    assert "品种大类 0 项、商品类别 0 项" in out.getvalue()
    assert GoodsClass.objects.filter(group="ten").count() == 10
    assert GoodsClass.objects.filter(group="catering").count() == 3
    assert sorted(GoodsClass.objects.values_list("bit", flat=True)) == list(range(13))


def test_without_commit_nothing_is_loaded():
    GoodsCategory.objects.filter(code="other").delete()
    out = StringIO()

    call_command("load_catalogue", stdout=out)

    assert "将补" in out.getvalue()
    assert not GoodsCategory.objects.filter(code="other").exists()


MANY = [
    MILK,
    replace(MILK, name="西红柿", category="vegetable", origin="寿光"),
    replace(MILK, storage="常温", gtin="6901234567892"),
    replace(MILK, maker_name="另一家乳品厂", shelf_life_value=6, shelf_life_unit="month"),
]


def entered(operator):
    fields = [*catalogue.FILLED, "created_at"]
    return list(Product.objects.filter(operator=operator).order_by("pk").values(*fields))


def save_many(operator, drafts, by=None):
    return catalogue.save_products(
        by=by or owner_of(operator), operator=operator, drafts=drafts, at=AT
    )


def test_many_products_are_what_one_after_another_would_be():
    single, bulk = make_operator(), make_operator()
    for operator in (single, bulk):
        save(operator, replace(MILK, storage="冷藏", is_own_made=True))
        catalogue.retire_product(
            by=owner_of(operator),
            operator=operator,
            product_id=Product.objects.get(operator=operator).pk,
            at=AT,
        )

    one_by_one = [save(single, draft) for draft in MANY]
    together = save_many(bulk, MANY)

    assert entered(bulk) == entered(single)
    assert [each.name for each in together] == [each.name for each in one_by_one]
    assert together[0].pk == together[2].pk != together[3].pk


def test_many_products_cost_the_same_queries_as_few(django_assert_num_queries):
    operator = make_operator()
    save(operator)
    owner = owner_of(operator)
    many = [MILK, *(replace(MILK, name=f"牛奶{number}") for number in range(50))]

    for drafts in (many[:2], many):
        with django_assert_num_queries(8):
            save_many(operator, drafts, by=owner)


def test_every_fault_of_many_is_told_at_its_row():
    operator = make_operator()
    bad = [
        replace(MILK, row=1),
        replace(MILK, name="", row=2),
        replace(MILK, unit="坨", category="无", row=3),
    ]

    with pytest.raises(Rejected) as refused:
        save_many(operator, bad)

    found = [(problem.row, problem.code) for problem in refused.value.problems]
    assert found == [(2, "name_missing"), (3, "unit_unknown"), (3, "category_unknown")]
    assert not Product.objects.exists()


def test_nothing_to_enter_is_no_work(django_assert_num_queries):
    operator = make_operator()
    owner = owner_of(operator)

    with django_assert_num_queries(2):
        assert save_many(operator, [], by=owner) == []
