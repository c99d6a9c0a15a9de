"""After any sequence of runs the links say exactly what went in, and the trace follows them."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from enterprises.actor import OutOfScope
from shilian.problems import Rejected
from tests.builders.enterprises import AT, owner_of
from tests.builders.production import make_producer
from tests.builders.runs import run_draft
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase
from tests.traceability.graph.slow_trace import DrawnLink, slow_hops, slow_links
from traceability.graph.trace import trace
from traceability.models import Batch, Link, RecordState, Run
from traceability.operations import batches, runs
from traceability.queries import stock
from traceability.rules.production import ProductionInput
from traceability.rules.runs import KINDS, OutputDraft

pytestmark = pytest.mark.django_db

AMOUNTS = some.decimals("0.001", "9", places=3)
RUNS = some.lists(
    some.tuples(
        some.sampled_from([*KINDS, "void", "void_run"]),
        some.lists(some.tuples(some.integers(0, 40), AMOUNTS), min_size=1, max_size=3),
        some.lists(some.tuples(some.integers(0, 2), AMOUNTS), min_size=1, max_size=4),
    ),
    min_size=2,
    max_size=9,
)


class Works:
    """A factory with three materials, and by hand beside it what each run took of each batch."""

    def __init__(self) -> None:
        self.factory = make_producer()
        self.by: dict[str, Any] = {"by": owner_of(self.factory), "operator": self.factory, "at": AT}
        units = ("千克", "千克", "袋")
        self.products = [make_product(self.factory, unit=unit) for unit in units]
        self.ids = [
            batch_of(make_purchase(self.factory, product=product, quantity=Decimal(1000))).pk
            for product in (self.products[0], *self.products)
        ]
        self.runs: list[tuple[set[int], dict[int, Decimal]]] = []
        self.gone: set[int] = set()

    def step(self, kind: str, taken: list[Any], made: list[Any]) -> None:
        if kind.startswith("void"):
            self._void(kind, self.ids[taken[0][0] % len(self.ids)])
            return
        inputs = {self.ids[pick % len(self.ids)]: amount for pick, amount in taken}
        total = sum(inputs.values(), Decimal(0))
        amounts = [amount for _, amount in made]
        if kind == "merge":
            amounts = [total]
        elif kind == "split":
            inputs = {next(iter(inputs)): sum(amounts, Decimal(0))}
        products = [self.products[place].pk for place, _ in made]
        draft = run_draft(
            kind,
            [ProductionInput(id_, amount) for id_, amount in inputs.items()],
            [OutputDraft(*each) for each in zip(amounts, products, strict=False)],
            pack="pallet",
        )
        found = runs.record_run(draft=draft, short_confirmed=True, **self.by)
        self.ids += [batch.pk for batch in found]
        self.runs.append(({batch.pk for batch in found}, inputs))

    def _void(self, kind: str, batch_id: int) -> None:
        if kind == "void_run":
            self.gone |= {
                batch.pk
                for batch in batches.void_run(batch_id=batch_id, reason="登错了", **self.by)
            }
        elif batch_id not in self.ids[:4]:
            batches.void_batch(batch_id=batch_id, reason="登错了", **self.by)
            self.gone.add(batch_id)

    def check(self) -> None:
        links = [
            DrawnLink(*row)
            for row in Link.objects.values_list("child_id", "parent_id", "kind", "quantity")
        ]
        given_to: dict[int, Decimal] = defaultdict(Decimal)
        for outputs, inputs in self.runs:
            self._check_run(links, outputs, inputs)
            for parent in inputs:
                given_to[parent] += sum(
                    link.quantity
                    for link in links
                    if link.parent == parent and link.child in outputs
                )
        current = Batch.objects.filter(state=RecordState.CURRENT).in_bulk(self.ids)
        facts = stock.batch_facts(self.factory, self.ids, on=TODAY)
        assert {id_: found.on_hand for id_, found in facts.items()} == {
            id_: batch.quantity - given_to[id_] for id_, batch in current.items()
        }
        for direction in ("up", "down"):
            self._check_trace(links, direction)

    def _check_run(
        self, links: list[DrawnLink], outputs: set[int], inputs: dict[int, Decimal]
    ) -> None:
        for parent, amount in inputs.items():
            taken = [each for each in links if each.parent == parent and each.child in outputs]
            assert {each.child for each in taken} == outputs - self.gone
            if not outputs & self.gone:
                assert sum(each.quantity for each in taken) == amount

    def _check_trace(self, links: list[DrawnLink], direction: Any) -> None:
        start = self.ids[-1] if direction == "up" else self.ids[0]
        found = trace([start], direction)
        expected = slow_hops(links, [start], direction)
        assert found.hops == expected
        assert Counter(found.steps) == Counter(
            (link.child, link.parent, link.kind, link.quantity)
            for link in slow_links(links, expected, direction)
        )


@given(steps=RUNS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_links_of_any_runs_add_up(steps: list[Any]) -> None:
    with transaction.atomic():
        works = Works()
        for kind, taken, made in steps:
            with suppress(Rejected, OutOfScope), transaction.atomic():
                works.step(kind, taken, made)
        works.check()
        transaction.set_rollback(True)


def test_every_kind_can_be_done() -> None:
    """Else the sequences above would prove nothing."""
    works, random = Works(), Random(7)
    done = Counter[str]()
    for _ in range(150):
        kind = random.choice([*KINDS, "void", "void_run"])
        # What nothing has been made of yet can be voided.
        picked = [(-1, Decimal(1))] if kind == "void_run" else drawn(random, 40)
        with suppress(Rejected, OutOfScope), transaction.atomic():
            works.step(kind, picked, drawn(random, 2))
            done[kind] += 1

    assert done.keys() == {*KINDS, "void", "void_run"}
    assert Run.objects.count() == len(works.runs) == sum(done[kind] for kind in KINDS)
    works.check()


def drawn(random: Random, highest: int) -> list[tuple[int, Decimal]]:
    count = random.randint(2, 3)
    return [
        (random.randint(0, highest), Decimal(random.randint(1, 9000)) / 1000) for _ in range(count)
    ]
