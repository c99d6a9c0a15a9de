"""Pages that show every component, for developers and for the tests beside.

See them with ``python -m django runserver --settings=tests.settings`` and this module as
``ROOT_URLCONF``; they are no part of the product.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from enterprises.actor import Actor
from shilian.problems import Problem
from shilian.web.forms import FilterForm, RecordForm
from shilian.web.pagination import KeysetPage

FOLDER = Path(__file__).parent
STORAGE = [("normal", "常温"), ("cold", "冷藏"), ("frozen", "冷冻")]
CITIES = {
    "370100": "济南市", "370200": "青岛市", "370300": "淄博市", "370400": "枣庄市",
    "370500": "东营市", "370600": "烟台市", "370700": "潍坊市", "370800": "济宁市",
    "370900": "泰安市", "371000": "威海市", "371100": "日照市", "371300": "临沂市",
    "371400": "德州市", "371500": "聊城市", "371600": "滨州市", "371700": "菏泽市",
}  # fmt: skip


class PurchaseForm(RecordForm):
    supplier = forms.CharField(label="供货商", help_text="输入名称、拼音首字母或电话")
    quantity = forms.DecimalField(label="数量")
    produced_on = forms.DateField(
        label="生产日期", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    storage = forms.ChoiceField(label="储存条件", choices=STORAGE, widget=forms.RadioSelect)
    unit = forms.ChoiceField(label="单位", choices=[("kg", "千克"), ("g", "克")])
    is_checked = forms.BooleanField(label="我已核对供货商的许可证", required=False)

    def basis_for(self, name: str) -> str:
        return "《食品安全法》第五十三条要求记录。" if name == "produced_on" else ""


class OperatorFilters(FilterForm):
    q = forms.CharField(label="名称或信用代码", required=False)
    link = forms.ChoiceField(label="环节", required=False, choices=[("", "全部"), ("c", "流通")])


def purchase_form(request: HttpRequest) -> PurchaseForm:
    if "bad" not in request.GET:
        return PurchaseForm()
    form = PurchaseForm({"quantity": "０"})
    form.is_valid()
    late = "这批货已经过期，请核对。"
    form.add_problems(
        [
            Problem("quantity_not_positive", "quantity", "数量要大于 0。"),
            Problem("already_expired", "produced_on", late, severity="warning"),
        ]
    )
    return form


def divisions() -> list[dict[str, Any]]:
    return [
        {"adcode": code, "name": name, "value": None if index == 4 else 70 + index, "url": "#"}
        for index, (code, name) in enumerate(CITIES.items())
    ]


def context(request: HttpRequest) -> dict[str, Any]:
    rates = [61, 63.2, 66, 70.1, 73.1, 71.8]
    return {
        "form": purchase_form(request),
        "filter_form": OperatorFilters(request.GET),
        "current_tab": "home",
        "rows": range(5),
        "vals": divisions(),
        "page": KeysetPage([1, 2, 3], "", "older"),
        "d": date(2026, 5, 3),
        "now": datetime(2026, 11, 5, tzinfo=UTC),
        "q": Decimal("1234567.500"),
        "nav": [{"label": "全省情况", "url": "#", "current": True}, {"label": "名单", "url": "#"}],
        "jurisdiction": "历下区市场监管局",
        "person_name": "王科长",
        "spec": {
            "kind": "line",
            "categories": ["5月", "6月", "7月", "8月", "9月", "10月"],
            "unit": "%",
            "target": 75,
            "series": [{"name": "上链活跃度", "values": rates}],
        },
        "mapspec": {"level": "cities", "label": "注册率", "unit": "%", "values": divisions()},
    }


def show(request: HttpRequest, name: str) -> HttpResponse:
    text = (FOLDER / f"{name}.html").read_text(encoding="utf-8")
    request.actor = Actor(person_id=7)  # type: ignore[attr-defined]
    return HttpResponse(engines["django"].from_string(text).render(context(request), request))


def receive(request: HttpRequest) -> HttpResponse:
    """Where the demonstration form is sent: says how often, so that a second press is seen."""
    RECEIVED.append(request.POST.dict())
    done = '<html lang="zh-CN"><title>好</title><p>已收到</p></html>'
    return HttpResponse(done)


RECEIVED: list[dict[str, Any]] = []

urlpatterns = [
    path("", include("shilian.web.urls")),
    path("components/<slug:name>", show),
    path("receive", receive),
]
