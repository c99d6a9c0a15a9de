from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = ROOT / "static"


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


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_drawing_a_template_names_exists(path: Path) -> None:
    sprite = (STATIC / "img" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    text = path.read_text(encoding="utf-8")

    named = re.findall(r'\{% icon "([^"]+)"', text) + re.findall(r'icon_name="([^"]+)"', text)

    assert set(named) <= drawn


def test_no_style_sheet_needs_a_recent_browser() -> None:
    newer = re.compile(r"light-dark\(|color-mix\(|oklch|@layer|@container")

    for sheet in STATIC.rglob("*.css"):
        assert newer.findall(sheet.read_text(encoding="utf-8")) == []


def test_the_brand_colours_read_well_on_each_other() -> None:
    tokens = dict(
        re.findall(r"(--sl-[a-z-]+): (#[0-9a-f]{3,6});", (STATIC / "css/shilian.css").read_text())
    )
    pairs = [
        ("--sl-ink-soft", "--sl-ground"),
        ("--sl-ink-soft", "--sl-brand-tint"),
        ("--sl-brand", "--sl-ground"),
        ("--sl-brand-deep", "--sl-brand-tint"),
        ("--sl-good", "--sl-good-tint"),
        ("--sl-warn", "--sl-warn-tint"),
        ("--sl-bad", "--sl-bad-tint"),
        ("--sl-info", "--sl-info-tint"),
        ("--sl-paper", "--sl-brand"),
        ("--sl-paper", "--sl-bad"),
    ]

    weak = [pair for pair in pairs if contrast(*(tokens[name] for name in pair)) < 4.5]

    assert weak == []


def contrast(first: str, second: str) -> float:
    """The ratio of WCAG 2.1 between two hexadecimal colours."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(char * 2 for char in digits)
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
