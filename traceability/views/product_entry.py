"""Writing a product, on its own page or in the middle of a record's."""

from __future__ import annotations

from datetime import datetime

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Rejected
from traceability.forms import ProductForm
from traceability.models import Product
from traceability.operations import catalogue
from traceability.rules.catalogue import ProductDraft

FIELDS = (
    "name",
    "unit",
    "specification",
    "category",
    "shelf_life_value",
    "shelf_life_unit",
    "storage",
    "gtin",
    "origin",
    "maker_name",
    "maker_address",
    "maker_credit_code",
    "is_imported",
    "is_own_made",
)


def save(
    form: ProductForm,
    *,
    by: Actor,
    operator: Operator,
    at: datetime,
    product: Product | None = None,
) -> int | None:
    """The id of the product that the form describes; None when it was refused."""
    if not form.is_valid():
        return None
    draft = ProductDraft(**{name: form.cleaned_data[name] for name in FIELDS})
    try:
        saved = catalogue.save_product(
            by=by, operator=operator, draft=draft, at=at, product=product
        )
    except Rejected as refused:
        form.add_problems(refused.problems)
        return None
    return saved.pk
