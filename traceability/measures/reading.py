"""Pages as a person waits for them: through every middleware, at demonstration size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.models import Membership, Operator, Person
from enterprises.roles import Role
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import percentile, samples_ms
from shilian.db.ids import new_id
from traceability.models import Partner, Product, Purchase

WARM, SAVES, LOOKS = 5, 100, 60


@dataclass(frozen=True, slots=True)
class Shopkeeper:
    """Somebody signed in for the operator with the longest ledger, and what is bought there."""

    client: Client
    product: Product
    supplier: Partner


def measure() -> Metrics:
    settings.ALLOWED_HOSTS = ["testserver"]
    keeper = _shopkeeper()
    officer = _officer()
    purchase_list = reverse("traceability:ledger")
    dashboard = reverse("supervision:dashboard")
    metrics: Metrics = {"purchases_at_measure": Purchase.objects.count()}
    metrics |= _timed("form_save", lambda: _save(keeper), SAVES)
    metrics |= _timed("purchase_list", lambda: _look(keeper.client, purchase_list), LOOKS)
    if officer is not None:
        metrics |= _timed("dashboard", lambda: _look(officer, dashboard), LOOKS)
    return metrics


def _timed(name: str, call: Callable[[], Any], count: int) -> Metrics:
    for _ in range(WARM):
        call()
    with CaptureQueriesContext(connection) as captured:
        call()
    # Counted at once: the next request empties the log.
    queries = len(captured)
    taken = samples_ms(call, count)
    return {
        f"{name}_p50_ms": round(percentile(taken, 50), 1),
        f"{name}_p95_ms": round(percentile(taken, 95), 1),
        f"{name}_queries": queries,
    }


def _save(keeper: Shopkeeper) -> None:
    """Fill in and send the purchase form with one line."""
    today = clock.today().isoformat()
    response = keeper.client.post(
        reverse("traceability:purchase_new"),
        {
            "do": "save",
            "submit_key": str(uuid4()),
            "supplier_id": keeper.supplier.pk,
            "purchased_on": today,
            "voucher_number": "PJ-1",
            "photo_kind": "voucher",
            "line": ["0"],
            "lines-0-product_id": keeper.product.pk,
            "lines-0-quantity": "12.5",
            "lines-0-unit": keeper.product.unit,
            "lines-0-produced_on": today,
        },
    )
    if response.status_code != 302:
        raise RuntimeError(f"the form was not saved: {response.status_code}")


def _look(client: Client, url: str) -> None:
    response = client.get(url)
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}")


def _shopkeeper() -> Shopkeeper:
    """The operator with the most purchases, and a person who signs in for it."""
    longest = Purchase.objects.values("operator_id").annotate(count=Count("pk")).order_by("-count")
    operator = Operator.objects.get(pk=longest[0]["operator_id"])
    last = Purchase.objects.filter(operator=operator).order_by("-pk")[0]
    client = Client()
    client.force_login(_owner(operator))
    return Shopkeeper(
        client,
        Product.objects.get(pk=last.product_id),
        Partner.objects.get(pk=last.partner_id or 0),
    )


def _owner(operator: Operator) -> Person:
    person = Person(login=f"bench{new_id()}", name="测速", created_at=clock.now())
    person.set_unusable_password()
    person.save()
    Membership.objects.create(
        person=person, role=Role.OWNER, operator=operator, granted_at=clock.now()
    )
    return person


def _officer() -> Client | None:
    """A county officer of the demonstration, signed in; None without a demonstration."""
    held = Membership.objects.current().filter(role=Role.COUNTY_OFFICER).order_by("pk").first()
    if held is None:
        return None
    client = Client()
    client.force_login(held.person)
    return client
