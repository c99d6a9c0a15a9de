"""An enterprise's system from the application to its first day on the health card."""

from __future__ import annotations

import json
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from enterprises.models import Division, Operator, SelfBuiltSystem, SystemDay
from enterprises.roles import Role
from enterprises.rules import signing
from enterprises.rules.signing import Envelope, Message
from shilian import clock
from tests.builders import enterprises as build
from tests.journeys.bureau_month import PASSWORD, make_officer, sign_in
from traceability.models import Purchase

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAME = "中心库进销存系统"
PATH = "/api/v1/purchases"


def test_from_the_application_to_the_first_day(phone_page: Page, live_server: Any) -> None:
    page, shop = phone_page, _shop()
    _apply(page)

    for login in _officers(shop.county):
        _approve(page, login)
    key_id, secret = _take_the_key(page)
    _look_for_the_key_again(page, key_id, secret)
    _upload(live_server.url, key_id, secret)
    _see_the_day(page)

    assert Purchase.objects.get().channel == "api"


def _shop() -> Operator:
    shop = build.make_operator(name="老张粮油店")
    owner = build.make_person(login="laozhang", name="张老板", password=PASSWORD)
    build.give_role(owner, Role.OWNER, operator=shop)
    return shop


def _officers(county: Division) -> list[str]:
    """Those who decide one after the other, each at the own level."""
    make_officer("lixia", Role.COUNTY_OFFICER, county)
    make_officer("jinan", Role.CITY_OFFICER, build.make_city())
    make_officer("shandong", Role.PROVINCE_OFFICER, build.make_province())
    return ["lixia", "jinan", "shandong"]


def _change_hands(page: Page) -> None:
    page.context.clear_cookies()


def _apply(page: Page) -> None:
    sign_in(page, "laozhang", "/my/systems/")
    page.get_by_role("link", name="申报一个系统").click()

    page.get_by_label("系统名称").fill(NAME)
    page.get_by_label("接口上传", exact=True).check()
    page.get_by_role("button", name="提交申报").click()
    page.get_by_text("请勾选系统会上传哪些记录").first.wait_for()

    page.get_by_label("进货台账", exact=True).check()
    page.get_by_label("联系人", exact=True).fill("李四")
    page.get_by_label("联系人手机号").fill("13800000001")
    page.get_by_role("button", name="提交申报").click()
    page.get_by_text("已提交，先由县区局审核").wait_for()


def _approve(page: Page, login: str) -> None:
    _change_hands(page)
    sign_in(page, login, "/bureau/systems/")
    page.get_by_text("有 1 个申报或变更等您审核").wait_for()
    page.get_by_role("link", name="去审核").click()
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("button", name="通过").click()
    page.get_by_role("cell", name="审核通过").first.wait_for()


def _take_the_key(page: Page) -> tuple[str, str]:
    _change_hands(page)
    sign_in(page, "laozhang", "/my/systems/")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("button", name="领取密钥").click()
    told = page.locator(".sl-notice").filter(has_text="密钥已生成")
    told.wait_for()
    key_id, secret = told.locator("dd.sl-code").all_inner_texts()
    return key_id, secret


def _look_for_the_key_again(page: Page, key_id: str, secret: str) -> None:
    page.goto(f"/my/systems/{SelfBuiltSystem.objects.get().pk}/")

    page.get_by_text(key_id).wait_for()
    assert secret not in page.content()


def _upload(address: str, key_id: str, secret: str) -> None:
    """As the enterprise's system does, by nothing but what the page told."""
    day = clock.today() - timedelta(days=1)
    item = {
        "external_id": "CG-1",
        "purchased_on": day.isoformat(),
        "product_name": "特一粉",
        "quantity": 10,
        "unit": "袋",
        "batch_number": "L1",
        "supplier_name": "泉润粮油店",
    }
    body = json.dumps(item).encode()
    with urlopen(_signed(address, key_id, secret, body)) as answer:
        assert answer.status == HTTPStatus.CREATED


def _signed(address: str, key_id: str, secret: str, body: bytes) -> Request:
    envelope = Envelope(key_id, str(int(clock.now().timestamp())), uuid4().hex, "")
    message = Message("POST", PATH, "", body, uuid4().hex)
    text = signing.canonical_text(message, envelope, signing.SHA256)
    headers = {
        "Content-Type": "application/json",
        "X-Key-Id": key_id,
        "X-Timestamp": envelope.timestamp,
        "X-Nonce": envelope.nonce,
        "X-Signature": signing.sign(secret, text, signing.SHA256),
        "Idempotency-Key": message.idempotency_key,
    }
    return Request(address + PATH, body, headers)


def _see_the_day(page: Page) -> None:
    kept = SystemDay.objects.get()
    assert (kept.day, kept.accepted_count, kept.due_count) == (clock.today(), 1, 1)

    page.goto("/my/systems/")
    page.get_by_text(f"最后上传 {clock.today():%Y-%m-%d}").wait_for()
    page.get_by_role("link", name=NAME).click()

    page.get_by_role("heading", name="健康卡").wait_for()
    facts = page.locator(".sl-facts").filter(has_text="本月是否达标")
    assert f"{clock.today():%Y-%m-%d}" in facts.inner_text()
