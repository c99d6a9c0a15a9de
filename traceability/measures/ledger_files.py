"""Purchase ledgers as a wholesaler's own system exports them, of any length, for measuring."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import xlsxwriter

from enterprises.rules.credit_codes import check_character
from shilian import clock

# As the template has them, and of what else a ledger has the usual.
HEAD = (
    "进货日期",
    "食品名称",
    "规格",
    "数量",
    "单位",
    "生产日期",
    "生产批号",
    "保质期",
    "供货者名称",
    "供货者统一社会信用代码",
    "供货者地址",
    "联系人",
    "供货者联系方式",
    "产地",
    "凭证号",
)
GOODS = ("特一粉", "花生油", "大豆油", "陈醋", "酱油", "挂面", "鸡精", "白糖", "食盐", "粉条")
SIZES = ("500克/袋", "5升/桶", "25kg/袋", "12瓶/箱")
UNITS = {"500克/袋": "袋", "5升/桶": "桶", "25kg/袋": "袋", "12瓶/箱": "箱"}
BRANDS = 5
SUPPLIERS = 60
DAYS = 28


def rows(count: int, *, tag: str = "PJ", bad_every: int = 0) -> Iterator[list[str | int]]:
    """So many deliveries, no two alike; ``tag`` tells ledgers apart that are imported together.

    With ``bad_every`` the quantity of every so-many-th is no number.
    """
    today = clock.today()
    for number in range(count):
        size = SIZES[number % len(SIZES)]
        brand = f"{'鲁泉金穗丰'[number % BRANDS]}牌"
        supplier = number % SUPPLIERS
        first17 = f"91370102{supplier:09d}"
        yield [
            (today - timedelta(days=number % DAYS)).isoformat(),
            f"{brand}{GOODS[number % len(GOODS)]}",
            size,
            "若干" if bad_every and number % bad_every == 0 else number % 97 + 1,
            UNITS[size],
            (today - timedelta(days=30 + number % 60)).isoformat(),
            f"L{number:07d}",
            "12个月",
            f"济南市第{supplier}粮油批发部",
            first17 + check_character(first17),
            f"济南市历下区文化东路{supplier}号",
            "李四",
            f"139{supplier:08d}",
            "山东济南",
            f"{tag}{number:07d}",
        ]


def write_workbook(path: Path, count: int, *, tag: str = "PJ") -> None:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    page = book.add_worksheet("进货台账")
    page.write_row(0, 0, HEAD)
    for place, row in enumerate(rows(count, tag=tag), start=1):
        page.write_row(place, 0, row)
    book.close()


def write_csv(path: Path, count: int, *, tag: str = "PJ", bad_every: int = 0) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(HEAD)
        sheet.writerows(rows(count, tag=tag, bad_every=bad_every))
