from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client, RequestFactory

from shilian.web import help_articles
from shilian.web.forms import TidyForm

pytestmark = pytest.mark.urls("tests.shilian.components.urls")


def render(text: str, **context: Any) -> str:
    request = RequestFactory().get("/", {"q": "白菜"})
    return Template("{% load ui %}" + text).render(Context({"request": request, **context}))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("name", ["operator", "operator?bad=1", "officer", "public", "print"])
def test_every_component_renders(name: str) -> None:
    response = Client().get(f"/components/{name}")

    assert response.status_code == 200
    assert "{%" not in response.content.decode()


@pytest.mark.parametrize(
    ("value", "change", "target", "said"),
    [
        (95.4, 0.8, 95, "95.4 % 较上月上升 0.8 目标 95%，已达到"),
        (71.8, -1.3, 75, "71.8 % 较上月下降 1.3 目标 75%，差 3.2 个百分点"),
        (Decimal("86.25"), 0, None, "86.3 % 较上月持平"),
        (None, None, 90, "— 目标 90%"),
        (None, None, None, "—"),
    ],
)
def test_a_rate_says_its_change_and_distance(
    value: Any, change: Any, target: Any, said: str
) -> None:
    html = render(
        "{% figure '注册率' value '%' change target %}", value=value, change=change, target=target
    )

    assert words(html) == f"注册率 {said}"


def test_a_count_is_grouped_by_thousands() -> None:
    assert words(render("{% figure '户数' 1043212 '户' %}")) == "户数 1,043,212 户"


def test_a_badge_carries_a_sign_beside_its_colour() -> None:
    assert "#circle-x" in render("{% badge 'bad' %}证照过期{% endbadge %}")


def test_what_a_person_typed_is_escaped() -> None:
    html = render(
        "{% card title=t %}{{ t }}{% endcard %}{% page_header title=t %}{% endpage_header %}"
        "{% badge %}{{ t }}{% endbadge %}{% notice %}{{ t }}{% endnotice %}{% empty_state t t %}",
        t="<script>alert(1)</script>",
    )

    assert "<script" not in html


class Sample(TidyForm):
    quantity = forms.DecimalField(label="数量", help_text="写数字")


def test_a_field_is_described_by_its_help_and_its_errors() -> None:
    html = render("{% form_field form.quantity %}", form=Sample({"quantity": "很多"}))

    assert 'aria-describedby="id_quantity-help id_quantity-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_quantity-help"' in html
    assert 'id="id_quantity-error"' in html


def test_the_summary_leads_to_the_field() -> None:
    html = render("{% error_summary form %}", form=Sample({"quantity": ""}))

    assert '<a href="#id_quantity">数量：请填写这一项。</a>' in html


def test_the_pager_keeps_the_filters() -> None:
    html = Client().get("/components/officer", {"q": "白菜", "cursor": "x"}).content.decode()

    assert "q=%E7%99%BD%E8%8F%9C&amp;cursor=older" in html


def test_a_masked_phone_is_shown_in_full_only_by_a_post() -> None:
    html = render("{% masked 'phone' '13812345678' '/show' %}")

    assert "138****5678" in html
    assert "13812345678" not in html
    assert 'method="post"' in html


@pytest.mark.parametrize("article", help_articles.ARTICLES, ids=lambda one: one.slug)
def test_every_help_article_opens(article: help_articles.HelpArticle) -> None:
    page = Client().get(f"/help/{article.slug}/")

    assert page.status_code == 200
    assert article.answer in page.content.decode()
    assert "<h2>" in page.content.decode()


def test_an_unknown_help_article_is_not_found() -> None:
    assert Client().get("/help/nothing/").status_code == 404


@pytest.mark.parametrize("address", ["/help/", "/changelog/", "/offline/"])
def test_pages_for_everyone_need_no_script(address: str) -> None:
    page = Client().get(address)

    assert page.status_code == 200
    assert "<script" not in page.content.decode()
