from __future__ import annotations

import uuid

import pytest
from django import forms
from django.http import QueryDict

from shilian.problems import Problem
from shilian.web.forms import FilterForm, RecordForm, TidyForm


class Login(TidyForm):
    phone = forms.CharField(label="手机号")
    password = forms.CharField(label="密码", widget=forms.PasswordInput, strip=False)
    note = forms.CharField(label="说明", widget=forms.Textarea, required=False)


class Record(RecordForm):
    name = forms.CharField(label="名称", max_length=4)
    quantity = forms.DecimalField(label="数量", required=False)


class Filters(FilterForm):
    q = forms.CharField(required=False)
    page_size = forms.IntegerField(required=False)


def test_typed_text_is_tidied_and_the_raw_is_kept() -> None:
    form = Login(QueryDict("phone=１３８１２３４５６７８\u200b&password=x&note=a\r\n b"))

    assert form.is_valid()
    assert form.cleaned_data["phone"] == "13812345678"
    assert form.cleaned_data["note"] == "a\nb"
    assert form.raw_text("phone") == "１３８１２３４５６７８\u200b"


def test_prose_keeps_its_punctuation_and_a_code_does_not() -> None:
    class Both(TidyForm):
        reason = forms.CharField()
        batch_number = forms.CharField()

    form = Both(
        {"reason": " 数量记错了，\u200b已更正（电话核对）。", "batch_number": "Ｌ－１（２）"}
    )

    assert form.is_valid()
    assert form.cleaned_data["reason"] == "数量记错了，已更正（电话核对）。"
    assert form.cleaned_data["batch_number"] == "L-1(2)"


def test_a_password_is_left_as_it_was_typed() -> None:
    form = Login({"phone": "1", "password": " Ａ b\u200b "})

    assert form.is_valid()
    assert form.cleaned_data["password"] == " Ａ b\u200b "


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("name", {"name": ""}, "请填写这一项。"),
        ("name", {"name": "五个字太长"}, "太长了，最多 4 个字，现在是 5 个。"),
        ("quantity", {"name": "菜", "quantity": "两斤"}, "请填写数字，例如 12.5。"),
    ],
)
def test_a_fault_is_said_in_plain_words(name: str, data: dict[str, str], message: str) -> None:
    assert Record(data).errors[name] == [message]


def test_a_message_of_the_field_itself_stays() -> None:
    class Own(TidyForm):
        name = forms.CharField(error_messages={"required": "请写店名。"})

    assert Own({"name": ""}).errors["name"] == ["请写店名。"]


def test_problems_go_to_their_fields() -> None:
    form = Record({"name": "菜"})
    form.is_valid()

    form.add_problems(
        [
            Problem("name_unknown", "name", "没有这个商品。"),
            Problem("stale", "elsewhere", "请刷新后再试。"),
            Problem("old", "quantity", "数量比平时大很多。", severity="warning"),
        ]
    )

    assert form.errors["name"] == ["没有这个商品。"]
    assert form.non_field_errors() == ["请刷新后再试。"]
    assert form.warnings_for("quantity") == ["数量比平时大很多。"]
    assert "quantity" not in form.errors


def test_warnings_alone_leave_the_form_valid() -> None:
    form = Record({"name": "菜"})
    form.is_valid()

    form.add_problems([Problem("old", "name", "已经过期。", severity="warning")])

    assert form.is_valid()


def test_each_page_has_its_own_submit_key() -> None:
    assert Record()["submit_key"].value() != Record()["submit_key"].value()


def test_a_form_that_comes_back_keeps_its_submit_key() -> None:
    key = str(uuid.uuid4())
    form = Record({"submit_key": key, "name": ""})

    assert f'value="{key}"' in str(form["submit_key"])


@pytest.mark.parametrize("sent", [{}, {"submit_key": ""}])
def test_a_lost_submit_key_is_made_anew(sent: dict[str, str]) -> None:
    form = Record({"name": "菜", **sent})

    assert form.is_valid()
    assert isinstance(form.cleaned_data["submit_key"], uuid.UUID)


def test_a_bad_filter_is_left_out() -> None:
    form = Filters(QueryDict("q=白菜&page_size=很多"))

    assert form.chosen() == {"q": "白菜"}
