"""The components in a real browser: what script adds, and that nothing is out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import axe
from tests.shilian.components import urls

if TYPE_CHECKING:
    from playwright.sync_api import Page

SHOWN = ["operator", "operator?bad=1", "officer", "public?bad=1", "print"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.shilian.components.urls"),
]


@pytest.fixture(autouse=True)
def _nothing_received() -> None:
    urls.RECEIVED.clear()


@pytest.mark.parametrize("name", SHOWN)
def test_a_phone_shows_all_without_sideways_scrolling(phone_page: Page, name: str) -> None:
    phone_page.goto(f"/components/{name}")

    assert phone_page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", SHOWN)
def test_readers_with_aids_are_served(page: Page, name: str) -> None:
    page.goto(f"/components/{name}")

    assert axe.faults(page) == []


def test_charts_and_map_are_drawn_beside_their_tables(page: Page) -> None:
    page.goto("/components/officer")

    page.locator("figure.is-drawn").nth(1).wait_for()

    assert page.locator("figure.is-drawn canvas").count() == 2
    assert page.locator("table").count() == 2


def test_a_half_filled_form_comes_back(phone_page: Page) -> None:
    phone_page.goto("/components/operator")
    phone_page.get_by_label("供货商", exact=True).fill("绿源合作社")
    phone_page.get_by_label("冷藏").check()

    phone_page.reload()

    assert phone_page.get_by_label("供货商", exact=True).input_value() == "绿源合作社"
    assert phone_page.get_by_label("冷藏").is_checked()
    assert phone_page.get_by_text("上次没填完的内容已经恢复").is_visible()


def test_a_kept_draft_can_be_dropped(phone_page: Page) -> None:
    phone_page.goto("/components/operator")
    phone_page.get_by_label("供货商", exact=True).fill("绿源合作社")
    phone_page.reload()

    phone_page.get_by_role("button", name="不要了，重新填").click()
    phone_page.reload()

    assert phone_page.get_by_label("供货商", exact=True).input_value() == ""


def test_a_second_press_sends_nothing(phone_page: Page) -> None:
    phone_page.goto("/components/operator")

    phone_page.evaluate(
        """() => {
          const form = document.getElementById("f");
          form.addEventListener("submit", (event) => { window.sent = (window.sent || 0) + !event.defaultPrevented; event.preventDefault(); });
          form.requestSubmit();
          form.requestSubmit();
        }"""
    )

    assert phone_page.evaluate("window.sent") == 1


def test_the_list_narrows_to_what_is_typed(phone_page: Page) -> None:
    phone_page.goto("/components/operator")

    phone_page.get_by_label("找供货商").fill("合作社 3")

    assert phone_page.locator("#s .sl-pick:visible").count() == 1
