"""An empty sheet of any kind: our column names, lists to choose from, an example, and what to fill in.

Every column is formatted as text, so that codes keep their zeros and days stay as typed. The example
is left out by an import as long as nobody changes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

import xlsxwriter

from shilian.sheets.headers import Column
from traceability.rules import quantities
from traceability.sheets.base import SheetKind
from traceability.sheets.channels import plain_code

HINT = "带*的列必填，其他没有的空着；日期写成 2026-04-01 或 4月1日；灰色的示例行不导入，可以删掉。"
HEADER_ROW = 1
LAST_ROW = 5_000
REMARKS = "备注"
# For the reader; an import knows the examples by what they say.
EXAMPLE_NOTE = "示例，导入时自动跳过"
OPTIONS = "选项"
NOTES = "填写说明"
YES_NO = ("是", "否")
RESULTS = ("合格", "不合格")
# The columns of two in one are clearer, each by itself.
NOT_OFFERED = frozenset({"produced_on_or_batch"})
CHOICES: dict[str, tuple[str, ...]] = {
    "unit": tuple(sorted(quantities.UNITS)),
    "input_unit": tuple(sorted(quantities.UNITS)),
    "result": RESULTS,
    "test_result": RESULTS,
    "roles": ("供货者", "购货者", "两者都是"),
    "is_imported": YES_NO,
    "is_own_made": YES_NO,
    "is_outside_province": YES_NO,
}
LAW = {
    "purchases": (
        "食品经营企业记进货：名称、规格、数量、生产日期或者生产批号、保质期、进货日期，"
        "供货者名称、地址、联系方式，并保存凭证（《食品安全法》第五十三条）。"
        "食用农产品不要求规格、生产日期和保质期（第六十五条）。"
    ),
    "sales": (
        "批发企业记销售：名称、规格、数量、生产日期或者生产批号、保质期、销售日期，"
        "购货者名称、地址、联系方式，并保存凭证（《食品安全法》第五十三条）；"
        "生产企业还要记检验合格证号（第五十一条）。"
    ),
    "inspections": (
        "食品生产企业记出厂检验：名称、规格、数量、生产日期或者生产批号、保质期、"
        "检验合格证号（《食品安全法》第五十一条）。数量和保质期按批次自动带入。"
    ),
    "production": (
        "食品生产企业就原料、生产关键环节等实施控制，保证所生产的食品符合标准"
        "（《食品安全法》第四十六条）。投料按批次记，才能追溯到原料。"
    ),
    "products": "商品只需登记一次，以后进货、销售都从这里选；名称、规格、单位、生产者都相同的算同一个商品。",
    "partners": "供货者、购货者只需登记一次；名称、地址、联系方式是法定要素（《食品安全法》第五十、五十三条）。",
}
RULES = (
    "生产日期和生产批号写一个就行，两个都写更好。",
    "数量和单位分两列写；写在一起（如 25公斤）也能读。",
    "条码、信用代码、批号、电话是文本：不要让表格软件变成 6.9E+12，本模板已设好格式。",
    "同一天、同一家、同一商品、同样数量的记录只记一次；确是两次的，请用凭证号区分。",
    "合计行、签字行、空行不导入，不用删。",
    "列的顺序可以换，列名可以用您习惯的叫法，导入时再对应一次即可。",
)
SALES_RULES = ("没写批号和追溯码时，按先到期先卖从库存里配；写了就按写的那一批。",)
PRODUCTION_RULES = (
    "一种产品用了几种原料就写几行；后面几行的产品各列可以空着（合并单元格也行）。",
    "没写原料批号时，按先到期先用从库存里配。",
    "同一批产品有一行有错，整批都等改好再导入。",
)
MORE_RULES = {"sales": SALES_RULES, "production": PRODUCTION_RULES}


def write_template(
    stream: IO[bytes], kind: SheetKind, choices: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Write the empty sheet; ``choices`` adds lists for further columns, by field."""
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    columns = [column for column in kind.columns if column.field not in NOT_OFFERED]
    lists = {name: tuple(said) for name, said in (CHOICES | dict(choices or {})).items() if said}
    lists = {column.field: lists[column.field] for column in columns if column.field in lists}
    page = book.add_worksheet(kind.name)
    _write_table(book, page, columns, kind.example)
    _write_notes(book, kind, columns)
    _write_lists(book, page, columns, lists)
    book.close()


def _write_table(
    book: Any, page: Any, columns: Sequence[Column], examples: Sequence[Mapping[str, str]]
) -> None:
    text = book.add_format({"num_format": "@"})
    head = book.add_format(
        {"num_format": "@", "bold": True, "bg_color": "#E4F1EF", "border": 1, "text_wrap": True}
    )
    shown = book.add_format({"num_format": "@", "italic": True, "font_color": "#8A8A8A"})
    page.set_column(0, len(columns), 16, text)
    page.write_string(0, 0, HINT)
    for index, column in enumerate(columns):
        page.write_string(HEADER_ROW, index, title(column), head)
    page.write_string(HEADER_ROW, len(columns), REMARKS, head)
    for place, said in enumerate(examples, start=HEADER_ROW + 1):
        for index, column in enumerate(columns):
            page.write_string(place, index, said.get(column.field, ""), shown)
        page.write_string(place, len(columns), EXAMPLE_NOTE, shown)
    page.freeze_panes(HEADER_ROW + 1, 0)


def title(column: Column) -> str:
    """The column's name as the template prints it."""
    return f"{column.title}*" if column.is_required else column.title


def _write_notes(book: Any, kind: SheetKind, columns: Sequence[Column]) -> None:
    """What the law asks for, how to fill it in, and what each column may be called."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    strong = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    page = book.add_worksheet(NOTES)
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 90)
    code = plain_code(kind)
    lines = [("法规要求", LAW[code])]
    lines += [("填写办法", rule) for rule in (*MORE_RULES.get(code, ()), *RULES)]
    for column in columns:
        others = "、".join(name for name in column.names[1:])
        must = "必填。" if column.is_required else "没有可空着。"
        lines.append(
            (f"列：{column.title}", f"{must}{f'也认这些叫法：{others}。' if others else ''}")
        )
    for place, (what, said) in enumerate(lines):
        page.write_string(place, 0, what, strong)
        page.write_string(place, 1, said, wrapped)


def _write_lists(
    book: Any, page: Any, columns: Sequence[Column], lists: Mapping[str, Sequence[str]]
) -> None:
    """Lists to choose from; another word may still be typed, it is judged at the import."""
    options = book.add_worksheet(OPTIONS)
    options.hide()
    places = {column.field: index for index, column in enumerate(columns)}
    for at, (name, said) in enumerate(lists.items()):
        for place, word in enumerate(said):
            options.write_string(place, at, word)
        letter = chr(ord("A") + at)
        rule = {
            "validate": "list",
            "source": f"={OPTIONS}!${letter}$1:${letter}${len(said)}",
            "error_type": "information",
            "error_title": "不在列表里",
            "error_message": "列表里没有这个词，确实要用可以继续，导入时会再核对。",
        }
        page.data_validation(HEADER_ROW + 1, places[name], LAST_ROW, places[name], rule)
