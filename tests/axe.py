"""What axe-core finds wrong with a page: contrast, labels, names, order of headings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1.MPL-2.0.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]


def faults(page: Page) -> list[str]:
    """One line for each rule that the open page breaks, naming the first place."""
    page.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
    found = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found["violations"]]
