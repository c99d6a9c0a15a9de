"""Looking over what imports entered: the page, confirming, merging."""

from __future__ import annotations

import pytest

from tests.builders.enterprises import AT, credit_code
from tests.builders.traceability import make_partner, make_product
from tests.traceability.views.shop import Shop, make_shop
from traceability.models import Partner, Product
from traceability.operations import import_books
from traceability.operations.import_books import Goods, Party

pytestmark = pytest.mark.django_db
PAGE = "/my/import/reviews/"


def entered(shop: Shop, name: str = "特一 粉") -> tuple[Product, Partner]:
    """A product and a supplier as an import enters them."""
    import_books.enter_missing(shop.operator, [Goods(name, "", "袋")], [Party(f"{name}厂")], at=AT)
    return Product.objects.get(needs_review=True), Partner.objects.get(needs_review=True)


def test_what_was_entered_is_listed_with_what_it_may_be() -> None:
    shop = make_shop()
    make_product(shop.operator, name="特一粉", specification="")
    entered(shop)

    text = shop.client.get(PAGE).content.decode()

    assert "特一 粉" in text
    assert ">特一粉</option>" in text


def test_nothing_to_look_over_says_so() -> None:
    assert "没有要核对的" in make_shop().client.get(PAGE).content.decode()


def test_confirmed_entries_are_gone_from_the_list() -> None:
    shop = make_shop()
    product, partner = entered(shop)

    answer = shop.client.post(
        f"{PAGE}confirm/", {"product": product.pk, "partner": partner.pk}, follow=True
    )

    assert "已确认 2 个" in answer.content.decode()
    assert not Product.objects.filter(needs_review=True).exists()
    assert not Partner.objects.filter(needs_review=True).exists()


def test_a_merged_product_is_found_by_its_second_name() -> None:
    shop = make_shop()
    right = make_product(shop.operator, name="特一粉", specification="")
    product, _ = entered(shop)

    shop.client.post(f"{PAGE}merge/", {"product": product.pk, "into": right.pk})

    product.refresh_from_db()
    assert (product.is_retired, product.merged_into_id) == (True, right.pk)
    named = Goods("特一 粉", "", "袋")
    books = import_books.open_books(shop.operator, [named], [])
    assert books.goods[named].id == right.pk


def test_a_merged_partner_makes_the_other_both() -> None:
    shop = make_shop()
    right = make_partner(shop.operator, is_supplier=False)
    _, partner = entered(shop)

    shop.client.post(f"{PAGE}merge/", {"partner": partner.pk, "into": right.pk})

    right.refresh_from_db()
    assert (right.is_supplier, right.is_buyer) == (True, True)
    assert Partner.objects.get(pk=partner.pk).merged_into_id == right.pk


def test_what_was_merged_before_follows() -> None:
    shop = make_shop()
    right, second = (make_product(shop.operator, specification="") for _ in range(2))
    first, _ = entered(shop)

    for entry, into in ((first, second), (second, right)):
        shop.client.post(f"{PAGE}merge/", {"product": entry.pk, "into": into.pk})

    first.refresh_from_db()
    assert first.merged_into_id == right.pk


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [({"unit": "箱"}, "单位不同不能合并"), ({"is_retired": True}, "已停用")],
)
def test_what_cannot_be_one_is_refused(facts: dict[str, object], sentence: str) -> None:
    shop = make_shop()
    other = make_product(shop.operator, specification="", **facts)
    product, _ = entered(shop)

    answer = shop.client.post(
        f"{PAGE}merge/", {"product": product.pk, "into": other.pk}, follow=True
    )

    assert sentence in answer.content.decode()
    product.refresh_from_db()
    assert (product.needs_review, product.merged_into_id) == (True, None)


def test_partners_with_two_codes_are_two() -> None:
    shop = make_shop()
    one = make_partner(shop.operator, credit_code=credit_code(), needs_review=True)
    two = make_partner(shop.operator, credit_code=credit_code())

    answer = shop.client.post(f"{PAGE}merge/", {"partner": one.pk, "into": two.pk}, follow=True)

    assert "信用代码不同" in answer.content.decode()
    assert Partner.objects.get(pk=one.pk).merged_into_id is None


def test_a_stranger_s_entry_is_not_there() -> None:
    shop, other = make_shop(), make_shop(name="别家")
    product, _ = entered(other)
    right = make_product(shop.operator)

    shop.client.post(f"{PAGE}confirm/", {"product": product.pk})
    answer = shop.client.post(f"{PAGE}merge/", {"product": product.pk, "into": right.pk})

    assert answer.status_code == 404
    product.refresh_from_db()
    assert product.needs_review


def test_nothing_chosen_is_said() -> None:
    shop = make_shop()
    product, _ = entered(shop)

    answer = shop.client.post(f"{PAGE}merge/", {"product": product.pk}, follow=True)

    assert "请先选择并入哪一个" in answer.content.decode()


def test_the_page_asks_little(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    shop = make_shop()
    entered(shop)

    with django_assert_max_num_queries(14):
        shop.client.get(PAGE)
