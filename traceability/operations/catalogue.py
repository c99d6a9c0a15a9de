"""Each operator's products, and the reviewed classes and categories behind them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import models, transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from enterprises.rules.pinyin import initials
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors
from traceability.models import GoodsCategory, GoodsClass, Product
from traceability.operations import writing
from traceability.queries import categories, listed
from traceability.rules import catalogue as rules
from traceability.rules.catalogue import CategoryFacts, ProductDraft

DATA = Path(__file__).resolve().parent.parent / "data"
IN_FORCE_FROM = date(2020, 1, 1)
REVIEWED_ON = date(2026, 11, 1)
KEY = ("name", "specification", "unit", "maker_name")
FILLED = (
    *KEY,
    "pinyin",
    "category",
    "goods_class",
    "is_farm_produce",
    "is_imported",
    "is_own_made",
    "shelf_life_value",
    "shelf_life_unit",
    "storage",
    "gtin",
    "origin",
    "maker_address",
    "maker_credit_code",
    "is_retired",
)


@transaction.atomic
def save_product(
    *,
    by: Actor,
    operator: Operator,
    draft: ProductDraft,
    at: datetime,
    product: Product | None = None,
) -> Product:
    """Enter a product, or change ``product``; a second entry of the same one finds the first.

    The same name, specification, unit and maker are the same product. Its goods class follows from
    its category by the mapping in force that day, never from its name.
    Raises: Rejected with every problem; OutOfScope for another operator's product.
    """
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    if product is not None and product.operator_id != operator.pk:
        raise OutOfScope
    draft = rules.tidied(draft)
    known = categories.in_force(business_day(at), {draft.category})
    problems = rules.check_product(draft, known)
    writing.take_turns(operator)
    twin = listed.products_of(operator, [draft]).get(listed.product_key(draft))
    if product is not None and twin is not None and twin.pk != product.pk:
        message = "您已有一个同名、同规格、同单位、同生产者的商品，请直接使用那一个。"
        problems.append(Problem("product_exists", "name", message))
    if errors(problems):
        raise Rejected(problems)
    saved = product or twin or Product(operator=operator, created_at=at)
    is_new = saved._state.adding
    _fill(saved, draft, known.get(draft.category))
    saved.save()
    event = "product_added" if is_new else "product_changed"
    audit.append(by=by, at=at, event=event, about=operator, subject="Product", subject_id=saved.pk)
    return saved


@transaction.atomic
def save_products(
    *, by: Actor, operator: Operator, drafts: Sequence[ProductDraft], at: datetime
) -> list[Product]:
    """Enter many products, all or none; gives each draft's product, in the order of the drafts.

    What was entered before, or by an earlier draft, is found and takes the draft's facts, as if
    ``save_product`` had been called for one draft after another.
    Raises: Rejected with every problem found, each naming its row.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    if not drafts:
        return []
    tidy = [rules.tidied(draft) for draft in drafts]
    known = categories.in_force(business_day(at), {draft.category for draft in tidy})
    problems = [problem for draft in tidy for problem in rules.check_product(draft, known)]
    if errors(problems):
        raise Rejected(problems)
    writing.take_turns(operator)
    entered = listed.products_of(operator, tidy)
    changed = list(entered.values())
    for draft in tidy:
        key = listed.product_key(draft)
        product = entered.setdefault(key, Product(operator=operator, created_at=at))
        _fill(product, draft, known.get(draft.category))
    writing.copy_models(Product, [each for each in entered.values() if each._state.adding])
    Product.objects.bulk_update(changed, FILLED)
    audit.append(by=by, at=at, event="products_saved", about=operator, count=len(drafts))
    return [entered[listed.product_key(draft)] for draft in tidy]


def _fill(product: Product, draft: ProductDraft, category: CategoryFacts | None) -> None:
    product.name = draft.name
    product.pinyin = initials(draft.name)[:80]
    product.specification = draft.specification
    product.unit = draft.unit
    product.category_id = category.code if category else None
    product.goods_class = category.goods_class if category else ""
    product.is_farm_produce = category.is_farm_produce if category else False
    product.is_imported = draft.is_imported
    product.is_own_made = draft.is_own_made or product.is_own_made
    product.shelf_life_value = draft.shelf_life_value
    product.shelf_life_unit = draft.shelf_life_unit
    product.storage = draft.storage
    product.gtin = draft.gtin
    product.origin = draft.origin
    product.maker_name = draft.maker_name
    product.maker_address = draft.maker_address
    product.maker_credit_code = draft.maker_credit_code
    product.is_retired = False


@transaction.atomic
def retire_product(*, by: Actor, operator: Operator, product_id: int, at: datetime) -> Product:
    """Take the product off the lists to pick from; its records stay.

    Raises: OutOfScope when the operator has no such product.
    """
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    product = Product.objects.filter(operator=operator, pk=product_id).first()
    if product is None:
        raise OutOfScope
    product.is_retired = True
    product.save(update_fields=["is_retired"])
    audit.append(
        by=by,
        at=at,
        event="product_retired",
        about=operator,
        subject="Product",
        subject_id=product.pk,
    )
    return product


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many reviewed rows were added; those that exist already stay as they are."""

    class_count: int
    category_count: int


@transaction.atomic
def load_reviewed(
    class_model: type[models.Model] = GoodsClass,
    category_model: type[models.Model] = GoodsCategory,
) -> Loaded:
    """Add the reviewed classes and categories that are missing; may run any number of times.

    The models are arguments because a migration passes its own. Source: domain.md section 4.
    """
    return Loaded(
        class_count=_add(class_model, _read("goods_classes.json")),
        category_count=_add(category_model, _read("goods_categories.json")),
    )


def _add(model: type[models.Model], rows: list[dict[str, Any]]) -> int:
    known = set(model._default_manager.values_list("code", flat=True))
    missing = [model(**row) for row in rows if row["code"] not in known]
    return len(model._default_manager.bulk_create(missing))


def _read(name: str) -> list[dict[str, Any]]:
    dated = {"effective_from": IN_FORCE_FROM, "reviewed_on": REVIEWED_ON}
    return [row | dated for row in json.loads((DATA / name).read_text(encoding="utf-8"))]
