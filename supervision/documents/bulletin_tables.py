"""A bulletin's tables and pictures, from its frozen figures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from typing import Any

from supervision.documents import bulletin_words as words
from supervision.documents import drawings
from supervision.documents.bulletin_words import NO_DATA, RANKED, count, percent
from supervision.documents.official import Picture, Table

Figures = Mapping[str, Any]
SHORT_NAMES = {
    "registration": "注册率",
    "activity": "活跃度",
    "coverage": "“10+3”",
    "system_upload": "自建上传",
}
BELOW = "▼"
ZONE = "◆"
PICTURE_MM = 150
WORST, BEST = 10, 10


def indicators_table(figures: Figures) -> Table:
    """The area's indicators, one to a line."""
    rows = []
    for code in (*RANKED, "timeliness", "completeness", "broken_links"):
        value = figures["total"]["values"][code]
        rows.append(
            (
                words.names(figures)[code],
                count(value["numerator"]),
                count(value["denominator"]),
                percent(value["rate"]),
                change(value["change_pp"]),
                NO_DATA if value["target"] is None else _target(value["target"]),
                {True: "达标", False: "未达标", None: NO_DATA}[value["meets_target"]],
            )
        )
    head = ("指标", "分子", "分母", "比率", "较上月", "目标", "是否达标")
    return Table(
        f"表1　{words.place(figures)}各项指标",
        head,
        tuple(rows),
        (2.6, 1.5, 1.5, 1.2, 1.1, 0.9, 1.1),
        frozenset({1, 2, 3, 4, 5}),
        "较上月的单位为百分点。及时率、完整率、断链率不设目标，不排名。",
    )


def ranking_table(title: str, rows: Sequence[Figures], parents: Mapping[str, str]) -> Table:
    """Divisions with their four rates and places; ``parents`` adds the column of who is above."""
    head = ["序号", *(["所属"] if parents else []), "名称"]
    for code in RANKED:
        head += [SHORT_NAMES[code], "名次"]
    head.append("活跃度较上月")
    lines = []
    for place, row in enumerate(rows, start=1):
        above = [parents.get(row.get("parent_code", row["city_code"]), "")] if parents else []
        lines.append((str(place), *above, name_of(row), *_rates(row)))
    lead = len(head) - 2 * len(RANKED) - 1
    widths = [0.6, *([1.25, 1.9] if parents else [2.4]), *([1.55, 0.7] * len(RANKED)), 1.2]
    return Table(
        title,
        tuple(head),
        tuple(lines),
        tuple(widths),
        frozenset({0, *range(lead, len(head))}),
        f"按上链活跃度排列；{BELOW} 低于本地目标；★ 示范、创建城市，按较高目标衡量；{ZONE} 功能区；“—”没有数据，不排名。",
    )


def _rates(row: Figures) -> list[str]:
    cells = []
    for code in RANKED:
        value, rank = row["values"][code], row["ranks"][code]
        mark = BELOW if value["meets_target"] is False else ""
        cells += [f"{mark}{percent(value['rate'])}", NO_DATA if rank is None else str(rank)]
    return [*cells, change(row["values"]["activity"]["change_pp"])]


def name_of(row: Figures) -> str:
    star = "★" if row["is_raised"] else ""
    return f"{row['name']}{star}{ZONE if row['is_zone'] else ''}"


def best_and_worst_table(figures: Figures, title: str) -> Table | None:
    """The first and the last ten of the lower level by activity; None where there are few."""
    ranked = words.by_rank(words.second_rows(figures), "activity")
    if len(ranked) < BEST + WORST:
        return None
    above = {row["code"]: row["name"] for row in words.first_rows(figures)}
    rows = []
    for best, worst in zip(ranked[:BEST], ranked[: -WORST - 1 : -1], strict=True):
        rows.append((*_named(best, above), *_named(worst, above)))
    unit = words.names_of_levels(figures)[1]
    return Table(
        title,
        (f"靠前的{unit}", "活跃度", "名次", f"靠后的{unit}", "活跃度", "名次"),
        tuple(rows),
        (3.4, 1.2, 0.7, 3.4, 1.2, 0.7),
        frozenset({1, 2, 4, 5}),
    )


def _named(row: Figures, above: Mapping[str, str]) -> tuple[str, str, str]:
    city = above.get(row.get("parent_code", row["city_code"]), "")
    value = row["values"]["activity"]
    return f"{city}{row['name']}", percent(value["rate"]), str(row["ranks"]["activity"])


def activity_chart(figures: Figures) -> Picture | None:
    """The directly lower level by activity; None for more bars than a page takes, or none."""
    rows = words.first_rows(figures)
    if not rows or len(rows) > 26:
        return None
    return Picture(
        f"图1　{words.place(figures)}各{words.names_of_levels(figures)[0]}上链活跃度（竖线为各自目标）",
        drawings.bar_chart(rows, "activity"),
        words.best_and_worst(figures, "activity"),
        PICTURE_MM,
        drawings.chart_height_mm(rows, PICTURE_MM),
    )


def activity_map(figures: Figures) -> Picture | None:
    """The same on the map; None where there are no outlines."""
    if not drawings.has_map(figures):
        return None
    return Picture(
        f"图2　{words.place(figures)}上链活跃度与各自目标之差（行政区划示意图）",
        drawings.division_map(figures, "activity"),
        words.target_sentence(figures, "activity"),
        PICTURE_MM,
        round(PICTURE_MM * drawings.MAP_HEIGHT / drawings.MAP_WIDTH),
    )


def formulas_table(figures: Figures) -> Table:
    """What each indicator counts."""
    rows = tuple((each["name"], each["formula"], each["source"]) for each in figures["indicators"])
    return Table("", ("指标", "计算方法", "口径来源"), rows, (1.5, 4.2, 2.3))


def parameters_table(figures: Figures) -> Table:
    """The thresholds in force that month."""
    cells = [(each["name"], f"{each['value']}{each['unit']}") for each in figures["parameters"]]
    # Two beside each other, so that they stay on the page of the formulas.
    half = -(-len(cells) // 2)
    pairs = zip_longest(cells[:half], cells[half:], fillvalue=("", ""))
    rows = tuple((*left, *right) for left, right in pairs)
    head = ("参数", "数值", "参数", "数值")
    return Table("当月执行的参数", head, rows, (3, 1, 3, 1), frozenset({1, 3}))


def change(text: str | None) -> str:
    if text is None:
        return NO_DATA
    return f"{Decimal(text).quantize(Decimal('0.01'), ROUND_HALF_UP):+}"


def _target(text: str) -> str:
    return f"{(Decimal(text) * 100).normalize():f}%"
