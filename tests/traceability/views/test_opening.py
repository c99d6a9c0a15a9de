"""Every page of an operator opens, within its budget of queries, and only for its operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.traceability.views.shop import Shop, buy, make_paper, make_shop, send_to

pytestmark = pytest.mark.django_db

# Page and the most queries it may make; four of them are the session, person, roles and operator.
# Where batches or goods on their way are listed, one more asks which are held.
BUDGETS = {
    # One of them: what the radar found of the shop.
    "home": 20,
    "more": 5,
    "looks": 7,
    "stock": 8,
    "balance": 6,
    "purchase_new": 11,
    "sale_new": 11,
    "incoming": 7,
    "production_new": 11,
    "inspection_new": 8,
    "harvest_new": 6,
    "ledger": 7,
    "products": 6,
    "product_new": 7,
    "partners": 6,
    "partner_new": 5,
    "papers": 6,
    "imports": 9,
    "paper_new": 6,
}


@pytest.mark.parametrize("name", BUDGETS)
def test_a_page_opens_within_its_budget(
    name: str, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    shop = _busy_shop()
    # The first visit also notes in the session when it was made.
    shop.client.get(reverse("help"))
    shop.client.get(reverse("traceability:more"))

    with django_assert_max_num_queries(BUDGETS[name]):
        response = shop.client.get(reverse(f"traceability:{name}"))

    assert response.status_code == 200


@pytest.mark.parametrize("name", BUDGETS)
def test_a_page_asks_strangers_to_sign_in(name: str) -> None:
    response = Client().get(reverse(f"traceability:{name}"))

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/?next=/my/")


@pytest.mark.parametrize("name", BUDGETS)
def test_a_page_is_not_for_officers(name: str) -> None:
    officer = build.make_person()
    build.give_role(officer, Role.COUNTY_OFFICER, division=build.make_county())
    client = Client()
    client.force_login(officer)

    assert client.get(reverse(f"traceability:{name}")).status_code == 403


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("purchase", "purchase"),
        ("purchase_correct", "purchase"),
        ("purchase_void", "purchase"),
        ("batch", "batch"),
        ("product", "product"),
        ("partner", "partner"),
        ("paper", "paper"),
        ("incoming_short", "incoming"),
        ("incoming_refuse", "incoming"),
    ],
)
def test_a_things_page_opens_for_its_operator_alone(name: str, thing: str) -> None:
    shop, other = _busy_shop(), make_shop(name="隔壁菜店")
    url = reverse(f"traceability:{name}", args=[_things(shop)[thing]])

    assert shop.client.get(url).status_code == 200
    assert other.client.get(url).status_code == 404
    assert other.client.post(url, {"reason": "试试"}).status_code in (404, 405)


@pytest.mark.parametrize(
    "path",
    [
        "/my/incoming/export/",
        "/my/incoming/answered/export/",
        "/my/ledger/purchase/export/",
        "/my/ledger/sale/export/",
        "/my/ledger/inspection/export/",
        "/my/products/export/",
        "/my/partners/export/",
        "/my/papers/export/",
    ],
)
def test_a_list_leaves_as_a_sheet(path: str) -> None:
    shop = _busy_shop()

    response = shop.client.get(path)

    assert response.status_code == 200
    assert response.content.startswith(b"PK")


def _busy_shop() -> Shop:
    shop = make_shop()
    buy(shop)
    send_to(shop)
    make_paper(shop)
    return shop


def _things(shop: Shop) -> dict[str, int]:
    from traceability.models import Batch, EvidenceDocument, IncomingDraft, Purchase

    own = {"operator": shop.operator}
    purchase = Purchase.objects.get(**own)
    return {
        "purchase": purchase.pk,
        "batch": Batch.objects.get(pk=purchase.batch_id).pk,
        "product": shop.product.pk,
        "partner": shop.supplier.pk,
        "paper": EvidenceDocument.objects.get(**own).pk,
        "incoming": IncomingDraft.objects.get(**own).pk,
    }
