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
        code: CategoryFacts(code, name, goods_class if goods_class in classes else "", is_produce)
        for code, name, goods_class, is_produce in rows.values_list(
            "code", "name", "goods_class_id", "is_farm_produce"
        )
    }
