"""Write static/maps: the cities of the province in one file, the counties of each city in one.

    python docs/vendoring/build_maps.py CITIES.geojson COUNTIES.geojson static/maps

Outlines are thinned (Visvalingam: points whose triangle is smaller than a threshold go) and
rounded. Counties that share a border are thinned by the same rule, point by point, so their
borders stay close; the pictures are diagrams (示意图), not for measuring.
"""

from __future__ import annotations

import heapq
import json
import sys
from pathlib import Path
from typing import Any

Point = list[float]
Ring = list[Point]

CITY_AREA = 0.0004
COUNTY_AREA = 0.00004
SMALLEST_RING = 4


def double_area(a: Point, b: Point, c: Point) -> float:
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))


def thin(ring: Ring, least: float) -> Ring:
    """The ring without the points whose triangle with their neighbours is smaller than ``least``."""
    points = ring[:-1]
    count = len(points)
    before = [(index - 1) % count for index in range(count)]
    after = [(index + 1) % count for index in range(count)]

    def size(index: int) -> float:
        return double_area(points[before[index]], points[index], points[after[index]])

    queue = [(size(index), index) for index in range(count)]
    heapq.heapify(queue)
    gone: set[int] = set()
    while queue and count - len(gone) > SMALLEST_RING:
        area, index = heapq.heappop(queue)
        if index in gone or area != size(index):
            continue
        if area >= least:
            break
        gone.add(index)
        left, right = before[index], after[index]
        after[left], before[right] = right, left
        heapq.heappush(queue, (size(left), left))
        heapq.heappush(queue, (size(right), right))
    kept = [point for index, point in enumerate(points) if index not in gone]
    return [*kept, kept[0]]


def extent(ring: Ring) -> float:
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))


def simplify(geometry: dict[str, Any], least: float, places: int) -> dict[str, Any]:
    shapes = geometry["coordinates"]
    polygons = [shapes] if geometry["type"] == "Polygon" else shapes
    largest = max(extent(polygon[0]) for polygon in polygons)
    kept = [p for p in polygons if extent(p[0]) >= min(least, largest)]
    rounded = [
        [[[round(x, places), round(y, places)] for x, y in thin(ring, least)] for ring in polygon]
        for polygon in kept
    ]
    return {"type": "MultiPolygon", "coordinates": rounded}


def feature(source: dict[str, Any], least: float, places: int) -> dict[str, Any]:
    properties = source["properties"]
    centre = properties.get("centroid") or properties.get("center")
    kept = {"adcode": str(properties["adcode"]), "name": properties["name"]}
    if centre:
        kept["cp"] = [round(value, places) for value in centre]
    return {
        "type": "Feature",
        "properties": kept,
        "geometry": simplify(source["geometry"], least, places),
    }


def write(path: Path, features: list[dict[str, Any]]) -> None:
    text = json.dumps(
        {"type": "FeatureCollection", "features": features},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    cities, counties, target = (Path(argument) for argument in sys.argv[1:4])
    read = [json.loads(path.read_text(encoding="utf-8"))["features"] for path in (cities, counties)]
    write(target / "cities.json", [feature(one, CITY_AREA, 3) for one in read[0]])
    by_city: dict[str, list[dict[str, Any]]] = {}
    for one in read[1]:
        parent = str(one["properties"]["adcode"])[:4] + "00"
        by_city.setdefault(parent, []).append(feature(one, COUNTY_AREA, 4))
    for adcode, features in by_city.items():
        write(target / f"counties-{adcode}.json", features)


if __name__ == "__main__":
    main()
