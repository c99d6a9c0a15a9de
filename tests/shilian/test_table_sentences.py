"""A sentence in a table's column of numbers is read in full on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
STYLES = Path(__file__).parents[2] / "static" / "css" / "shilian.css"
SENTENCE = "产出是投料的726%，超过生产加工的提示线200%：请核对是否有投料没登记。"
TABLE = f"""<table class="sl-table sl-table-cards"><tbody><tr><th scope="row">小麦粉</th>
<td class="num" data-label="产出比投料">726%<p class="sl-warning">{SENTENCE}</p></td></tr>
<tr><th scope="row">边料</th><td class="num">3%</td></tr></tbody></table>"""


def test_a_warning_beside_a_number_wraps(browser: Browser) -> None:
    page = browser.new_page(viewport=PHONE)
    page.set_content(f"<style>{STYLES.read_text(encoding='utf-8')}</style>{TABLE}")

    right = page.locator(".sl-warning").evaluate(
        "each => each.getBoundingClientRect().left + each.scrollWidth"
    )
    page.close()

    assert right <= PHONE["width"]
