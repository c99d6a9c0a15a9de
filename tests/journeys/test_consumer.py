"""A shopper in front of the shelf: camera, page, verdict; and the code typed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.builders.production import make_inspection, make_made_batch, make_producer
from traceability import labels
from traceability.rules import codes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_shopper_scans_and_reads_the_verdict_first(phone_page: Page) -> None:
    batch = make_made_batch(make_producer(name="泉城面粉厂"), batch_number="L-0610")
    make_inspection(batch, certificate_number="HG-0610")

    phone_page.goto(f"/Q/{labels.code_of(batch)}")

    first = phone_page.locator("main section").first
    assert "来源可查，检验合格" in first.inner_text()
    assert first.bounding_box()["y"] < 400  # type: ignore[index]
    text = phone_page.locator("main").inner_text()
    for fact in ("泉城面粉厂", "L-0610", "HG-0610", "济南市历下区", "怎样识别假码"):
        assert fact in text


def test_the_page_needs_no_script_and_fits_a_small_phone(browser: Any, live_server: Any) -> None:
    batch = make_made_batch(make_producer())
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 320, "height": 568}, java_script_enabled=False
    )
    page = context.new_page()

    page.goto(f"/q/{labels.code_of(batch)}")

    assert page.locator("script").count() == 0
    assert batch.name in page.locator("h1").inner_text()
    assert page.locator("main").bounding_box()["width"] <= 320
    context.close()


def test_a_mistyped_code_is_typed_again(phone_page: Page) -> None:
    batch = make_made_batch(make_producer())
    code = labels.code_of(batch)
    phone_page.goto("/q/")

    phone_page.get_by_label("输入标签上的追溯码").fill(code[:20])
    phone_page.get_by_role("button", name="查来源").click()
    assert "码没有输完整" in phone_page.locator("main").inner_text()
    phone_page.get_by_label("输入标签上的追溯码").fill(codes.grouped(code).lower())
    phone_page.get_by_role("button", name="查来源").click()

    assert batch.name in phone_page.locator("h1").inner_text()


def test_a_forged_code_is_called_forged(phone_page: Page) -> None:
    phone_page.goto(f"/q/{codes.ALPHABET[7] * codes.LENGTH}")

    assert "这不是食链发出的码" in phone_page.locator("main").inner_text()
