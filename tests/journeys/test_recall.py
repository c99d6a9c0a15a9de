"""A failed inspection: hold, recall, every holder answers, and the public page says so."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from enterprises.models import Operator
from enterprises.roles import Role
from tests.builders import enterprises as build
from tests.builders.chains import pass_on
from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.journeys.bureau_month import PASSWORD, make_officer, sign_in
from traceability import labels
from traceability.models import Batch, Hold, Recall

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_failed_inspection_ends_with_every_bag_accounted_for(page: Page) -> None:
    batch, shops = _bread_in_two_shops()
    make_officer("lixia", Role.COUNTY_OFFICER, build.make_county())
    make_inspection(batch, result="failed")
    sign_in(page, "lixia", "/bureau/")

    _freeze(page, batch)
    recall = _start(page, batch)
    assert "已召回" in _public(page, batch)
    for number, shop in enumerate([*shops, batch.operator]):
        _answer(page, shop, f"holder{number}", recall)
    _finish(page, recall)

    for shop in shops:
        own = Batch.objects.get(operator=shop)
        assert "已召回" in _public(page, own)


def _bread_in_two_shops() -> tuple[Batch, list[Operator]]:
    factory = make_producer(name="泉城面包厂")
    batch = make_made_batch(factory)
    make_inspection(batch)
    shops = [build.make_operator(name=name) for name in ("甲店", "乙店")]
    for shop in shops:
        pass_on(batch, shop, quantity=Decimal(5))
    return batch, shops


def _freeze(page: Page, batch: Batch) -> None:
    page.goto("/bureau/holds/")
    page.get_by_label("追溯码").fill(labels.code_of(batch))
    page.get_by_label("原因").fill("出厂检验不合格")
    page.get_by_role("button", name="冻结", exact=True).click()
    page.get_by_text("已冻结").wait_for()
    assert Hold.objects.in_force().count() == 1


def _start(page: Page, batch: Batch) -> Recall:
    page.goto(f"/bureau/recalls/new/?batch={batch.pk}")
    assert "3 家" in page.locator("main").inner_text()
    page.get_by_label("二级召回").check()
    page.get_by_label("来由").select_option("failed_sample")
    page.get_by_label("召回原因").fill("菌落总数超标")
    page.get_by_role("button", name="启动").click()
    page.locator("dialog[open]").get_by_role("button", name="确定").click()
    page.get_by_role("heading", name="谁还没有回复").wait_for()
    return Recall.objects.get()


def _answer(page: Page, shop: Operator, login: str, recall: Recall) -> None:
    person = build.make_person(login=login, password=PASSWORD)
    build.give_role(person, Role.OWNER, operator=shop)
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        base_url=page.url.split("/bureau")[0].split("/q/")[0],
        viewport={"width": 390, "height": 844},
    )
    phone = context.new_page()
    sign_in(phone, login, "/my/")
    phone.get_by_role("link", name="去处理").click()
    phone.get_by_role("button", name="已停止销售").click()
    phone.get_by_role("button", name="上报").click()
    phone.get_by_text("已上报").wait_for()
    context.close()


def _finish(page: Page, recall: Recall) -> None:
    page.goto(f"/bureau/recalls/{recall.pk}/")
    page.locator("#finish-note").fill("全部说明清楚")
    page.get_by_role("button", name="完成召回").click()
    page.get_by_text("召回已完成").wait_for()
    recall.refresh_from_db()
    assert recall.state == Recall.State.FINISHED


def _public(page: Page, batch: Batch) -> str:
    page.goto(f"/q/{labels.code_of(batch)}")
    return page.locator("main").inner_text()
