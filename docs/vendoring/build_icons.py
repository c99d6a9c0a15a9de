"""Write static/img/icons.svg: one sprite of the Tabler icons named below.

npm pack @tabler/icons && tar xzf tabler-icons-*.tgz
python docs/vendoring/build_icons.py package/icons/outline > static/img/icons.svg
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

NAMES = [
    "home",
    "truck-delivery",
    "shopping-cart",
    "file-text",
    "user",
    "scan",
    "repeat",
    "camera",
    "search",
    "bell",
    "menu-2",
    "x",
    "check",
    "alert-triangle",
    "info-circle",
    "circle-check",
    "circle-x",
    "download",
    "printer",
    "upload",
    "chevron-right",
    "chevron-down",
    "chevron-left",
    "plus",
    "minus",
    "eye",
    "eye-off",
    "phone",
    "map-pin",
    "building-store",
    "chart-bar",
    "map",
    "table",
    "list-check",
    "clock",
    "calendar",
    "logout",
    "help",
    "certificate",
    "qrcode",
    "shield-check",
    "arrow-right",
    "arrow-left",
    "edit",
    "trash",
    "refresh",
    "filter",
    "package",
    "users",
    "building",
    "adjustments",
    "history",
    "link",
    "unlink",
    "file-spreadsheet",
    "id",
    "photo",
    "clipboard-check",
    "ban",
    "send",
    "settings",
    "lock",
    "message",
    "route",
    "flame",
    "leaf",
    "snowflake",
    "external-link",
    "dots",
    "world",
    "arrow-up",
    "arrow-down",
    "building-factory-2",
    "tools-kitchen-2",
    "heart-handshake",
    "user-plus",
    "login",
    "device-mobile",
    "barcode",
    "receipt",
    "tag",
]


def symbol(folder: Path, name: str) -> str:
    drawing = (folder / f"{name}.svg").read_text(encoding="utf-8")
    paths = [p for p in re.findall(r"<path[^>]*/>", drawing) if 'stroke="none"' not in p]
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(paths)}</symbol>'


def main() -> None:
    folder = Path(sys.argv[1])
    print('<svg xmlns="http://www.w3.org/2000/svg">')
    print(
        "<!-- Tabler Icons 3.51.0, MIT, https://tabler.io/icons; made by docs/vendoring/build_icons.py -->"
    )
    print("\n".join(symbol(folder, name) for name in sorted(NAMES)))
    print("</svg>")


if __name__ == "__main__":
    main()
