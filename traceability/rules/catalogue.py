"""What makes a product impossible or doubtful; barcodes (GTIN) are checked, never guessed.

Source: domain.md sections 1.1, 2 and 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stdnum import ean

from enterprises.rules.credit_codes import check_credit_code
from shilian.problems import Problem
from shilian.text import normalise, tidy_prose
from traceability.rules import quantities, texts
from traceability.rules.goods import LONGEST_SHELF_LIFE

GTIN_LENGTHS = (8, 12, 13, 14)
# Scales in a shop print these; outside the shop they mean nothing.
IN_STORE_PREFIXES = tuple(str(prefix) for prefix in range(20, 30))
TEXT_FIELDS = (
    ("specification", "规格", 60),
    ("storage", "贮存条件", 40),
    ("origin", "产地", 60),
    ("maker_name", "生产者", 120),
    ("maker_address", "生产者地址", 200),
)


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as somebody describes it; ``category`` is the code of a reviewed category."""

    name: str
    unit: str
    specification: str = ""
    category: str = ""
    shelf_life_value: int | None = None
    shelf_life_unit: str = ""
    storage: str = ""
    gtin: str = ""
    origin: str = ""
    maker_name: str = ""
    maker_address: str = ""
    maker_credit_code: str = ""
    is_imported: bool = False
    is_own_made: bool = False
    row: int | None = None


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A reviewed category in force on the day; ``goods_class`` is empty outside the ten."""

    code: str
    name: str
    goods_class: str
    is_farm_produce: bool


def tidied(draft: ProductDraft) -> ProductDraft:
    """The draft as it is stored: names as they are written, codes, units and sizes half-width."""
    tidy: dict[str, Any] = {name: tidy_prose(getattr(draft, name)) for name, _, _ in TEXT_FIELDS}
    tidy["specification"] = normalise(draft.specification)
    return replace(
        draft,
        **tidy,
        name=tidy_prose(draft.name),
        unit=quantities.known_unit(normalise(draft.unit)) or normalise(draft.unit),
        gtin=normalise(draft.gtin).replace(" ", ""),
        maker_credit_code=normalise(draft.maker_credit_code).upper(),
        shelf_life_unit=draft.shelf_life_unit if draft.shelf_life_value else "",
    )


def check_product(draft: ProductDraft, categories: Mapping[str, CategoryFacts]) -> list[Problem]:
    """Every problem of a tidied draft."""
    problems = texts.check_required_text(draft.name, "name", "商品名称", 80)
    problems += quantities.check_unit(draft.unit)
    for name, label, limit in TEXT_FIELDS:
        problems += texts.check_text(getattr(draft, name), name, label, limit)
    if draft.category and draft.category not in categories:
        message = "没有这个商品类别，请从列表里重新选择。"
        problems.append(Problem("category_unknown", "category", message))
    problems += check_shelf_life(draft.shelf_life_value, draft.shelf_life_unit)
    problems += check_gtin(draft.gtin)
    if draft.maker_credit_code:
        problems += check_credit_code(draft.maker_credit_code, field="maker_credit_code")
    return problems if draft.row is None else [problem.at_row(draft.row) for problem in problems]


def check_shelf_life(value: int | None, unit: str) -> list[Problem]:
    if value is None:
        return []
    if value <= 0:
        message = "保质期必须大于0；没有保质期的食品请留空。"
        return [Problem("shelf_life_not_positive", "shelf_life_value", message)]
    longest = LONGEST_SHELF_LIFE.get(unit)
    if longest is None:
        message = "请选择保质期的单位：天、个月或年。"
        return [Problem("shelf_life_unit_missing", "shelf_life_unit", message)]
    if value > min(longest, 32_767):
        return [
            Problem("shelf_life_too_long", "shelf_life_value", "保质期太长，请核对数字和单位。")
        ]
    return []


def check_gtin(gtin: str) -> list[Problem]:
    """A barcode has 8, 12, 13 or 14 digits and a right last one; source: GS1, domain.md section 2."""
    if not gtin:
        return []
    if not gtin.isascii() or not gtin.isdigit() or len(gtin) not in GTIN_LENGTHS or not int(gtin):
        message = "商品条码应为8、12、13或14位数字，请对照包装重新填写或扫码。"
        return [Problem("gtin_malformed", "gtin", message)]
    expected = ean.calc_check_digit(gtin[:-1])
    if gtin[-1] != expected:
        message = f"商品条码最后一位不对（应为{expected}），请对照包装核对后重新填写。"
        return [Problem("gtin_check_digit", "gtin", message)]
    if len(gtin) == 13 and gtin.startswith(IN_STORE_PREFIXES):
        message = "这是店内称重用的条码，只在本店有效；建议填写包装上的商品条码。"
        return [Problem("gtin_in_store", "gtin", message, severity="warning")]
    return []
