from __future__ import annotations

import json
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"


def test_public_pages_are_light() -> None:
    assert (STATIC / "css" / "public.css").stat().st_size <= 12 * 1024
    sheets = [STATIC / "css" / "shilian.css", *(STATIC / "vendor").glob("*.css")]
    assert sum(path.stat().st_size for path in sheets) <= 160 * 1024


def test_every_division_map_is_small_and_joins_on_adcode() -> None:
    files = sorted((STATIC / "maps").glob("*.json"))

    assert len(files) == 17
    assert all(path.stat().st_size <= 120 * 1024 for path in files)
    codes = [
        feature["properties"]["adcode"]
        for path in files
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]
    ]
    assert len(codes) == len(set(codes)) == 16 + 136
