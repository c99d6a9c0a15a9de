"""Which batches say no shelf life and rightly so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from enterprises.models import Operator
from traceability.models import Batch, Product
from traceability.rules import exemptions


def exempt_batches(operator: Operator, batches: Iterable[Batch], *, on: date) -> frozenset[int]:
    """The operator's batches among these that state no shelf life and need none, by id.

    Cost: one query, none when every batch states one or is farm produce.
    """
    unsaid = {
        batch.pk: batch.product_id
        for batch in batches
        if not batch.shelf_life and not batch.is_farm_produce
    }
    if not unsaid:
        return frozenset()
    rows = Product.objects.filter(operator=operator, pk__in=set(unsaid.values()))
    categories = dict(rows.values_list("pk", "category_id"))
    return frozenset(
        batch_id
        for batch_id, product_id in unsaid.items()
        if exemptions.needs_no_shelf_life(categories.get(product_id) or "", on=on)
    )
