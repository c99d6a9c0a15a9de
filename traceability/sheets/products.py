"""The product list: what an operator buys, makes or sells, entered or brought up to date by sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.sheets import cells
from shilian.sheets.headers import Column, plain
from traceability.models import Product
from traceability.operations import catalogue
from traceability.queries import categories, listed
from traceability.rules import catalogue as rules
from traceability.rules.catalogue import CategoryFacts, ProductDraft
from traceability.sheets.base import GTIN_TITLES, Cells, Judged, Line, SheetKind, register
from traceability.sheets.fields import Fields
from traceability.sheets.judging import judged, verdicts

COLUMNS = (
    Column(
        "name",
        (
            "商品名称",
            "食品名称",
            "品名",
            "产品名称",
            "货品名称",
            "名称",
            "货物名称",
            "物品名称",
            "商品",
            "食品",
            "品种",
        ),
        True,
    ),
    Column("specification", ("规格", "规格型号", "型号规格", "包装规格", "净含量")),
    Column("unit", ("单位", "计量单位", "库存单位", "销售单位"), True),
    Column("category", ("商品类别", "类别", "分类", "商品分类", "食品类别", "品类")),
    Column("gtin", GTIN_TITLES),
    Column("shelf_life", ("保质期", "保质期限", "保存期")),
    Column("storage", ("贮存条件", "储存条件", "保存条件", "储藏条件")),
    Column("origin", ("产地", "原产地", "产地（来源）")),
    Column(
        "maker_name", ("生产者名称", "生产厂家", "生产企业", "生产商", "厂家", "生产者", "制造商")
    ),
    Column("maker_address", ("生产者地址", "厂址", "生产地址", "厂家地址")),
    Column(
        "maker_credit_code",
        ("生产者统一社会信用代码", "生产者信用代码", "厂家信用代码", "生产企业信用代码"),
    ),
    Column("is_imported", ("是否进口", "进口食品", "进口")),
    Column("is_own_made", ("是否自产", "自产", "自制")),
)
TITLES = {column.field: column.title for column in COLUMNS}
EXAMPLE = {
    "name": "特一粉",
    "specification": "25kg/袋",
    "unit": "袋",
    "category": "粮食加工品（米、面、挂面等）",
    "gtin": "6901234567892",
    "shelf_life": "12个月",
    "storage": "常温、干燥",
    "maker_name": "某某面粉有限公司",
    "is_imported": "否",
}
ALREADY = "商品表里已有这个商品，内容一样，没有重复记。"
# What a cell that says nothing leaves as it was in the list.
_KEPT = (
    "storage",
    "gtin",
    "origin",
    "maker_address",
    "maker_credit_code",
    "is_imported",
    "is_own_made",
)


def read(cells_: Cells, row_no: int, month: date) -> Line:
    """What the row says of one product."""
    row = Fields(COLUMNS, cells_, row_no, month)
    row.words("name", 80, required=True)
    row.text("specification", 60)
    row.unit("unit")
    row.values["category"] = cells.text_of(row.cell("category"))
    row.shelf_life("shelf_life")
    for field, limit in (("storage", 40), ("origin", 60), ("maker_name", 120)):
        row.words(field, limit)
    row.words("maker_address", 200)
    row.code("gtin")
    row.code("maker_credit_code")
    row.flag("is_imported", ("进口",), ("国产",))
    row.flag("is_own_made", ("自产", "自制"), ("外购",))
    return row.line()


def judge(by: Actor, operator: Operator, lines: Sequence[Line], at: datetime) -> list[Judged]:
    """Each line: new, already in the list just so, or what is wrong with it. Cost: three queries."""
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    known = categories.in_force(business_day(at))
    drafts = {line.row_no: draft_of(line, known) for line in lines if line.is_readable}
    entered = listed.products_of(operator, list(drafts.values()))

    def look(line: Line) -> Judged:
        draft = drafts[line.row_no]
        before = entered.get(listed.product_key(draft))
        draft = draft if before is None else _merged(draft, line, before)
        problems = [*line.problems, *rules.check_product(draft, known)]
        is_same = before is not None and _says_the_same(draft, before)
        same = ALREADY if is_same else ""
        return judged(line, problems, draft, same_as=before.pk if before else None, same=same)

    return verdicts(lines, look)


def draft_of(line: Line, known: Mapping[str, CategoryFacts]) -> ProductDraft:
    """The product that a readable line tells of."""
    said = {name: value for name, value in line.values.items() if name in _FACTS}
    category = category_code(line.values.get("category", ""), known)
    return rules.tidied(ProductDraft(**said, category=category, row=line.row_no))


_FACTS = frozenset(ProductDraft.__dataclass_fields__) - {"category", "row"}


def _merged(draft: ProductDraft, line: Line, before: Product) -> ProductDraft:
    """The draft with the list's own facts wherever the line says nothing."""
    kept: dict[str, Any] = {
        name: getattr(before, name) for name in _KEPT if name not in line.values
    }
    if "category" not in line.values:
        kept["category"] = before.category_id or ""
    if "shelf_life_value" not in line.values:
        kept["shelf_life_value"] = before.shelf_life_value
        kept["shelf_life_unit"] = before.shelf_life_unit
    return replace(draft, **kept)


def category_code(said: str, known: Mapping[str, CategoryFacts]) -> str:
    """The code of the category that was named, also by its short name; what was said if none is."""
    wanted = plain(said)
    if not wanted or said in known:
        return said
    whole = [code for code, category in known.items() if plain(category.name) == wanted]
    short = [
        code
        for code, category in known.items()
        if plain(category.name.replace("(", "（").partition("（")[0]) == wanted
    ]
    found = whole or short
    return found[0] if len(found) == 1 else said


def _says_the_same(draft: ProductDraft, product: Product) -> bool:
    """Whether the product, as it is listed, already says all of the draft."""
    is_same = all(getattr(product, name) == getattr(draft, name) for name in _FACTS)
    return is_same and (product.category_id or "") == draft.category and not product.is_retired


def record(by: Actor, operator: Operator, lines: Sequence[Judged], at: datetime) -> list[int]:
    """Enter the products of the lines, all or none; gives their ids."""
    drafts = [line.draft for line in lines]
    saved = catalogue.save_products(by=by, operator=operator, drafts=drafts, at=at)
    return [product.pk for product in saved]


PRODUCTS = register(
    SheetKind(
        code="products",
        name="商品表",
        permission=Permission.MANAGE_CATALOGUE,
        columns=COLUMNS,
        read=read,
        judge=judge,
        record=record,
        example=(EXAMPLE,),
        identity=("name", "specification", "unit", "maker_name"),
        shown_at={"shelf_life_value": "shelf_life", "shelf_life_unit": "shelf_life"},
    )
)
