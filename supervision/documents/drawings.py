"""A bulletin's chart and map as SVG of our own, from its frozen figures.

Source of the outlines: static/maps/README.md (diagrams, without a map review number).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import cos, radians
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings

Figures = Mapping[str, Any]
FONT = "Noto Sans CJK SC, Source Han Sans SC, Noto Sans SC, WenQuanYi Zen Hei, sans-serif"
# From far below the target to well above it; dark enough apart to be told in grey.
SHADES = ("#f3d9b1", "#cfe3df", "#9ccac2", "#4f9e95", "#1f6f68")
NO_DATA = "#e4e4e4"
INK, GREY, SHORT, TARGET = "#1c2b2a", "#5d6b6a", "#c46a2b", "#b42318"

# Wide enough at the left for the longest name of a zone.
BAR_WIDTH, BAR_LEFT, BAR_RIGHT, BAR_STEP, BAR_TOP = 600, 134, 74, 22, 26
MAP_WIDTH, MAP_HEIGHT, MARGIN = 600, 400, 14
# The province leaves the sea for the key; beside a city it needs a column of its own.
KEY_WIDTH = 165


def bar_chart(rows: Sequence[Figures], code: str) -> str:
    """The rate of each division as a bar with a tick at its own target, in the order given."""
    height = BAR_TOP + BAR_STEP * len(rows) + 8
    across = BAR_WIDTH - BAR_LEFT - BAR_RIGHT
    parts = [_grid(height, across)]
    for index, row in enumerate(rows):
        parts.append(_bar(row, row["values"][code], BAR_TOP + index * BAR_STEP, across))
    return _svg(BAR_WIDTH, height, parts)


def chart_height_mm(rows: Sequence[Figures], width_mm: int) -> int:
    """How high the chart of the rows is at that width."""
    return round((BAR_TOP + BAR_STEP * len(rows) + 8) * width_mm / BAR_WIDTH)


def _grid(height: int, across: int) -> str:
    lines = []
    for percent in range(0, 101, 20):
        x = BAR_LEFT + across * percent / 100
        lines.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{BAR_TOP - 6}" y2="{height - 6}"'
            ' stroke="#dddddd" stroke-width="0.7"/>'
            + _text(x, BAR_TOP - 11, f"{percent}%", size=10, fill=GREY, anchor="middle")
        )
    return "".join(lines)


def _bar(row: Figures, value: Figures, y: int, across: int) -> str:
    name = _text(BAR_LEFT - 6, y + 12, str(row["name"]), size=11, anchor="end")
    if value["rate"] is None:
        return name + _text(BAR_LEFT + 5, y + 12, "—", size=11, fill=GREY)
    rate, fill = float(value["rate"]), SHADES[3]
    if value["meets_target"] is False:
        fill = SHORT
    width = across * min(rate, 1)
    bar = f'<rect x="{BAR_LEFT}" y="{y + 2}" width="{width:.1f}" height="13" fill="{fill}"/>'
    shown = _text(BAR_WIDTH - 6, y + 13, f"{rate:.2%}", size=10.5, anchor="end")
    return name + bar + _tick(value["target"], y, across) + shown


def _tick(target: str | None, y: int, across: int) -> str:
    if target is None:
        return ""
    x = BAR_LEFT + across * float(target)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 17}"'
        f' stroke="{TARGET}" stroke-width="1.6"/>'
    )


def has_map(figures: Figures) -> bool:
    """Whether there are outlines of the area's divisions."""
    return _map_file(figures).is_file()


def division_map(figures: Figures, code: str) -> str:
    """The area's divisions shaded by how they stand to their own targets, named, with a key."""
    shapes = _shapes(_map_file(figures))
    key = "cities" if "cities" in figures else "counties"
    rows = {row["code"]: row["values"][code] for row in figures[key]}
    parts = [
        f'<path d="{shape["d"]}" fill="{_shade(rows.get(shape["adcode"]))}"'
        ' stroke="#ffffff" stroke-width="1.1" fill-rule="evenodd"/>'
        for shape in shapes
    ]
    for shape in shapes:
        parts.append(_label(shape, rows.get(shape["adcode"])))
    parts.append(_legend())
    return _svg(MAP_WIDTH, MAP_HEIGHT, parts)


def _map_file(figures: Figures) -> Path:
    area = figures.get("area") or {"path": "/"}
    name = "cities" if area["path"] == "/" else f"counties-{area['code']}"
    return Path(settings.BASE_DIR) / "static" / "maps" / f"{name}.json"


@cache
def _shapes(path: Path) -> list[dict[str, Any]]:
    """The outlines in the picture's own units; the files are part of the program."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    points = [point for each in features for ring in _rings(each) for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    flat = cos(radians((south + north) / 2))
    room = MAP_WIDTH if path.stem == "cities" else MAP_WIDTH - KEY_WIDTH
    scale = min(
        (room - 2 * MARGIN) / ((east - west) * flat), (MAP_HEIGHT - 2 * MARGIN) / (north - south)
    )
    left = (room - (east - west) * flat * scale) / 2
    top = (MAP_HEIGHT - (north - south) * scale) / 2

    def placed(point: Sequence[float]) -> tuple[float, float]:
        return left + (point[0] - west) * flat * scale, top + (north - point[1]) * scale

    return [
        {
            "adcode": each["properties"]["adcode"],
            "name": each["properties"]["name"],
            "d": " ".join(_outline(map(placed, ring)) for ring in _rings(each)),
            "at": placed(each["properties"]["cp"]),
        }
        for each in features
    ]


def _rings(feature: Mapping[str, Any]) -> list[list[Sequence[float]]]:
    shape = feature["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return [ring for polygon in polygons for ring in polygon]


def _outline(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points) + "Z"


def _shade(value: Figures | None) -> str:
    """By the distance to the own target in percentage points."""
    if value is None or value["rate"] is None or value["target"] is None:
        return NO_DATA
    short = (float(value["rate"]) - float(value["target"])) * 100
    return SHADES[(short >= -10) + (short >= 0) + (short >= 5) + (short >= 10)]


def _label(shape: Mapping[str, Any], value: Figures | None) -> str:
    x, y = shape["at"]
    rate = None if value is None or value["rate"] is None else float(value["rate"])
    dark = _shade(value) in SHADES[3:]
    fill = "#ffffff" if dark else INK
    shown = "—" if rate is None else f"{rate:.1%}"
    return _text(x, y, shape["name"], size=11, fill=fill, anchor="middle") + _text(
        x, y + 13, shown, size=10, fill=fill, anchor="middle"
    )


def _legend() -> str:
    words = ("低于目标10个百分点以上", "低于目标", "达标", "超5个百分点", "超10个百分点")
    parts = []
    for index, (shade, word) in enumerate(zip((*SHADES, NO_DATA), (*words, "无数据"), strict=True)):
        y = MAP_HEIGHT - 100 + index * 16
        parts.append(
            f'<rect x="{MAP_WIDTH - 158}" y="{y}" width="14" height="11" fill="{shade}"/>'
            + _text(MAP_WIDTH - 139, y + 10, word, size=10, fill=GREY)
        )
    return "".join(parts)


def _text(
    x: float, y: float, words: str, *, size: float, fill: str = INK, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"'
        f' text-anchor="{anchor}" font-family="{FONT}">{escape(words)}</text>'
    )


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f"{''.join(parts)}</svg>"
    )
