"""A real chromium for journeys: skipped where there is none, required where the run says so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
# Against a machine that is slow, not a promise of speed.
PATIENCE_MS = 120_000
DESK = {"width": 1280, "height": 800}


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        if os.environ.get("SHILIAN_REQUIRE_BROWSER") == "1":
            pytest.fail("没有找到 chromium，而本次运行要求浏览器测试")
        pytest.skip("没有找到 chromium")
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread; Django would refuse its own database there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A desk-sized page whose addresses start at the live server."""
    yield from _page(browser, live_server.url, DESK)


@pytest.fixture
def phone_page(browser: Browser, live_server: Any) -> Iterator[Page]:
    yield from _page(browser, live_server.url, PHONE, is_mobile=True, has_touch=True)


def _page(browser: Browser, address: str, size: dict[str, int], **options: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport=size, locale="zh-CN", **options)
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    # A script error or a blocked resource is a fault of the page, even if the text is there.
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []
