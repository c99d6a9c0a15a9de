"""Tryton following one lot: a location for each holder and a done move for each link.

All records are made through its own models. Reads a line ``{"edges": [[seller, buyer]…]}``, nearest
first and beginning with the first holder's sales, and makes the records; after another line it
traces, and prints ``{"seconds": …, "nodes": …, "links": …}``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from decimal import Decimal
from typing import Any

# Read when trytond is imported; the rest comes from libpq's own variables.
os.environ["TRYTOND_DATABASE_URI"] = "postgresql://"

from trytond import backend
from trytond.pool import Pool
from trytond.transaction import Transaction

NAME = os.environ["PGDATABASE"]
MODULE = "stock_lot"
# The superuser, for whom no access rule is looked up.
USER = 0
ROUNDS = 2
Records = list[Any]


def main() -> None:
    edges = json.loads(sys.stdin.readline())["edges"]
    _install()
    with Transaction().start(NAME, USER) as transaction:
        company, product, lot = _make_lot()
        with transaction.set_context(company=company.id):
            first = _make_moves(company, product, lot, edges)
        transaction.commit()
    sys.stdin.readline()
    rounds = [_traced(first, company.id) for _ in range(ROUNDS)]
    seconds, nodes, links = min(rounds)
    json.dump({"seconds": seconds, "nodes": nodes, "links": links}, sys.stdout)


def _install() -> None:
    """Its tables in the empty database, as its own administration command makes them."""
    Pool.start()
    backend.Database(NAME).connect().init()
    Pool(NAME).init(update=[MODULE], lang=["en"], activatedeps=True)


def _make_lot() -> tuple[Any, Any, Any]:
    pool = Pool()
    [unit] = pool.get("product.uom").search([("name", "=", "Kilogram")])
    [currency] = pool.get("currency.currency").create(
        [{"name": "Yuan", "symbol": "¥", "code": "CNY", "rates": [("create", [{"rate": 1}])]}]
    )
    [party] = pool.get("party.party").create([{"name": "Province"}])
    [company] = pool.get("company.company").create([{"party": party.id, "currency": currency.id}])
    [template] = pool.get("product.template").create(
        [{"name": "Milk", "type": "goods", "default_uom": unit.id}]
    )
    [product] = pool.get("product.product").create([{"template": template.id}])
    [lot] = pool.get("stock.lot").create([{"number": "L1", "product": product.id}])
    return company, product, lot


def _make_moves(company: Any, product: Any, lot: Any, edges: list[list[int]]) -> int:
    """All of the moves done; the id of the one by which the lot came to its first holder."""
    pool = Pool()
    Location, Move = pool.get("stock.location"), pool.get("stock.move")
    first = edges[0][0]
    names = [first, *(buyer for _, buyer in edges)]
    made = Location.create([{"name": str(name), "type": "storage"} for name in names])
    places = dict(zip(names, (place.id for place in made), strict=True))
    [supplier] = Location.search([("code", "=", "SUP")])
    ways = [(supplier.id, places[first])]
    ways += [(places[seller], places[buyer]) for seller, buyer in edges]
    moves = Move.create(
        [
            {
                "product": product.id,
                "lot": lot.id,
                "unit": product.default_uom.id,
                "quantity": 3,
                "from_location": start,
                "to_location": end,
                "company": company.id,
                "unit_price": Decimal(0) if start == supplier.id else None,
                "currency": company.currency.id if start == supplier.id else None,
            }
            for start, end in ways
        ]
    )
    Move.do(moves)
    return int(moves[0].id)


def _traced(first: int, company: int) -> tuple[float, int, int]:
    """Seconds, holders and links, level by level over the lot's own traces."""
    with Transaction().start(NAME, USER, readonly=True, context={"company": company}):
        Trace = Pool().get("stock.lot.trace")
        began = time.perf_counter()
        start = Trace(first)
        hops = {start.to_location.id: 0}
        links, frontier = [], [start]
        while frontier:
            onward = [after for before in frontier for after in before.upward_traces]
            links += [(m.from_location.id, m.to_location.id, m.quantity) for m in onward]
            frontier = Trace.browse([m.id for m in onward if m.to_location.id not in hops])
            hops |= dict.fromkeys((m.to_location.id for m in frontier), max(hops.values()) + 1)
        return time.perf_counter() - began, len(hops), len(links)


if __name__ == "__main__":
    main()
