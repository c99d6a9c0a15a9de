"""The reviewed categories and classes of goods in force on a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from traceability.models import GoodsCategory, GoodsClass
from traceability.rules.catalogue import CategoryFacts


def in_force(on: date, codes: Collection[str] | None = None) -> dict[str, CategoryFacts]:
    """The categories in force, by code; one whose class is no longer in force has none.

    ``codes`` asks for these alone. Cost: two queries.
    """
    rows = GoodsCategory.objects.in_force(on).order_by("-goods_class", "name")
    if codes is not None:
        rows = rows.filter(code__in=codes)
    classes = set(GoodsClass.objects.in_force(on).values_list("code", flat=True))
    return {
        row.code: CategoryFacts(
            code=row.code,
            name=row.name,
            goods_class=row.goods_class_id if row.goods_class_id in classes else "",
            is_farm_produce=row.is_farm_produce,
        )
        for row in rows
    }
