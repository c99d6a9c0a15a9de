"""A mill's flour on its way to two shops, placed directly, and an officer who asks about it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.test import Client

from enterprises.models import Division, Operator
from enterprises.roles import Role
from shilian import clock
from shilian.db.ids import new_id
from tests.builders import enterprises as build
from tests.builders.enterprises import AT
from traceability.models import Batch, BatchOrigin, Link, LinkKind
from traceability.rules.codes import public_code

PAGE = "/bureau/trace/common-source/"
TODAY = clock.business_day(AT)


def hold(operator: Operator, name: str = "面粉", **facts: Any) -> Batch:
    """A batch in the operator's hands, received on the tests' day."""
    neutral: dict[str, Any] = {
        "division_id": operator.division_id,
        "county_id": operator.county_id,
        "product_id": new_id(),
        "name": name,
        "unit": "袋",
        "origin_kind": BatchOrigin.PURCHASED,
        "quantity": Decimal(10),
        "received_on": TODAY,
        "recorded_at": AT,
        "token_salt": 7,
    }
    return Batch.objects.create(operator=operator, **(neutral | facts))


def link(parent: Batch, *children: Batch, kind: str = LinkKind.TRANSFER) -> None:
    for child in children:
        Link.objects.create(
            parent_id=parent.pk, child_id=child.pk, kind=kind, quantity=Decimal("2.5")
        )


def code_of(batch: Batch) -> str:
    return public_code(batch.pk, batch.token_salt)


def day(number: int) -> date:
    return TODAY.replace(day=number)


def officer(division: Division | None = None, role: Role = Role.COUNTY_OFFICER) -> Client:
    person = build.make_person(name="监管员")
    build.give_role(person, role, division=division or build.make_county())
    client = Client()
    client.force_login(person)
    return client


def ask(client: Client, **fields: Any) -> Any:
    return client.post(PAGE, fields)


def lines(*batches: Batch) -> str:
    return "\n".join(map(code_of, batches))


class Chain:
    """A mill's flour went through a wholesaler in the next county to two shops of this one."""

    def __init__(self) -> None:
        self.here = build.make_county()
        self.there = build.make_county(code="370103", name="市中区")
        self.mill = build.make_operator(name="金穗面粉厂")
        self.dealer = build.make_operator(
            name="邻县批发部", township=build.make_township(county=self.there)
        )
        self.shops = [build.make_operator(name=name) for name in ("甲面馆", "乙面馆")]
        self.flour = hold(self.mill, "面粉", batch_number="F1")
        self.stock = hold(self.dealer, "面粉", batch_number="F1")
        self.sold = [hold(shop, "面粉", batch_number="F1") for shop in self.shops]
        link(self.flour, self.stock)
        link(self.stock, *self.sold)
