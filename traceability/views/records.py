"""One record: what it says, whether it satisfies the law, and putting it right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected
from shilian.web.formats import day, moment, quantity
from traceability.forms import ReasonForm
from traceability.models import Channel
from traceability.operations import inspections, purchases, sales
from traceability.queries import record_pages
from traceability.queries.record_pages import RecordPage, Voiding
from traceability.views.missing import missing_of
from traceability.views.pages import operator_page, page

LABELS = {"purchase": "进货查验记录", "sale": "销售记录", "inspection": "出厂检验记录"}
WARNINGS = {
    "supplier_licence_expired": "登记时供货者的许可证已经到期，请向他索要新证。",
    "already_expired": "登记时这批货已过保质期，过期的不得销售、使用。",
    "unit_differs": "这次用的单位和平时不一样。",
    "quantity_unusual": "数量比平常大很多，登记时已确认。",
    "evidence_expired": "所附的凭证登记时已经过期。",
    "sold_after_expiry": "卖出时这批货已过保质期。",
}


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    url: str
    icon: str
    is_danger: bool = False
    is_first: bool = False


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_record(request: Visit, operator: Operator, record_id: int, kind: str) -> HttpResponseBase:
    """The page of one record, whatever has become of it."""
    found = find(request, operator, kind, record_id)
    record = found.record
    context = {
        "record": record,
        "kind_label": LABELS[kind],
        "title": found.batch.name,
        "facts": FACTS[kind](found),
        "completeness": found.completeness,
        "missing": missing_of(found),
        "warnings": [WARNINGS[code] for code in record.warnings if code in WARNINGS],
        "papers": [
            {"title": str(paper), "url": reverse("traceability:paper", args=[paper.pk])}
            for paper in found.papers
        ],
        "voucher_number": record.voucher_number,
        "history": _history(found),
        "newer_url": _address(kind, found.newer_id) if found.newer_id else "",
        "actions": _actions(found),
    }
    return page(request, operator, "traceability/record.html", context, tab="ledger", back="ledger")


def find(request: Visit, operator: Operator, kind: str, record_id: int) -> RecordPage:
    actor = request.actor
    found = record_pages.find_record(actor, operator, kind, record_id)
    if found is None:
        raise Http404
    return found


def _address(kind: str, record_id: int) -> str:
    return reverse(f"traceability:{kind}", args=[record_id])


def _goods_facts(found: RecordPage) -> list[Fact]:
    batch = found.batch
    return [
        Fact("规格", batch.specification),
        Fact("生产日期", day(batch.produced_on) if batch.produced_on else ""),
        Fact("生产批号", batch.batch_number),
        Fact("保质期", batch.shelf_life),
        Fact("保质期至", day(batch.expires_on) if batch.expires_on else ""),
        Fact("产地", batch.origin_place),
        Fact("生产者", batch.maker_name),
    ]


def _closing_facts(found: RecordPage) -> list[Fact]:
    record = found.record
    return [
        Fact("票据号", record.voucher_number),
        Fact("登记", f"{moment(record.recorded_at)}，{Channel(record.channel).label}"),
    ]


def _purchase_facts(found: RecordPage) -> list[Fact]:
    record = found.record
    return _filled(
        [
            Fact("数量", f"{quantity(record.quantity)} {record.unit}"),
            Fact("进货日期", day(record.purchased_on)),
            Fact("供货者", record.supplier_name),
            Fact("地址", record.supplier_address),
            Fact("联系方式", record.supplier_contact),
            Fact("信用代码", record.supplier_credit_code),
            *_goods_facts(found),
            *_closing_facts(found),
        ]
    )


def _sale_facts(found: RecordPage) -> list[Fact]:
    record = found.record
    answer = found.incoming
    answered = answer.get_state_display() if answer else ""
    if answer is not None and answer.reason:
        answered = f"{answered}：{answer.reason}"
    return _filled(
        [
            Fact("数量", f"{quantity(record.quantity)} {record.unit}"),
            Fact("销售日期", day(record.sold_on)),
            Fact("购货者", record.buyer_name),
            Fact("地址", record.buyer_address),
            Fact("联系方式", record.buyer_contact),
            Fact("买方确认", answered),
            Fact(
                "退回数量", quantity(record.returned_quantity) if record.returned_quantity else ""
            ),
            Fact("检验合格证号", record.certificate_number),
            *_goods_facts(found),
            *_closing_facts(found),
        ]
    )


def _inspection_facts(found: RecordPage) -> list[Fact]:
    record = found.record
    return _filled(
        [
            Fact("检验结果", record.get_result_display()),
            Fact("检验日期", day(record.inspected_on)),
            Fact("检验合格证号", record.certificate_number),
            Fact("检验项目", record.items),
            Fact("检验员", record.inspector),
            Fact("数量", f"{quantity(found.batch.quantity)} {found.batch.unit}"),
            *_goods_facts(found),
            *_closing_facts(found),
        ]
    )


FACTS = {"purchase": _purchase_facts, "sale": _sale_facts, "inspection": _inspection_facts}


def _filled(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.value]


def _history(found: RecordPage) -> list[dict[str, Any]]:
    names = {
        "superseded": "登记，后来更正",
        "voided": "登记",
        "current": "现在有效的记录",
    }
    steps = [
        {
            "title": names[step.state],
            "at": step.at,
            "reason": "" if step.state == "voided" else step.reason,
            "url": "" if step.is_shown else _address(found.kind, step.id),
        }
        for step in found.history
    ]
    return steps + ([_voided(found, found.voiding)] if found.voiding else [])


def _voided(found: RecordPage, voiding: Voiding) -> dict[str, Any]:
    told = [f"{voiding.person_name}作废" if voiding.person_name else "", found.record.reason]
    return {"title": "作废", "at": voiding.at, "reason": " · ".join(filter(None, told)), "url": ""}


def gone_elsewhere(request: Visit, found: RecordPage) -> HttpResponseBase | None:
    """To the record as it now holds, for who opens the form of one that does not; else None.

    A form that was sent is judged: the operation says what became of the record meanwhile.
    """
    if request.method == "POST" or found.record.is_current:
        return None
    if found.record.superseded_by_id:
        text = "您打开的那条记录已经更正过，这是最新的一条。"
    else:
        text = VOID_ALREADY
    messages.warning(request, text)
    return redirect(_address(found.kind, found.latest_id))


def _actions(found: RecordPage) -> list[Action]:
    record, kind = found.record, found.kind
    batch = Action(
        "看这一批和追溯码", reverse("traceability:batch", args=[found.batch.pk]), "qrcode"
    )
    if not record.is_current:
        return [batch]
    void = Action("作废", reverse(f"traceability:{kind}_void", args=[record.pk]), "trash", True)
    correct = reverse(f"traceability:{kind}_correct", args=[record.pk])
    actions = [batch, Action("更正", correct, "edit")]
    if record.missing:
        fill = Action("补齐", f"{correct}?fill=1", "edit", is_first=True)
        actions = [fill, batch, Action("更正", correct, "edit")]
    if kind == "purchase" and record.partner_id:
        again = f"{reverse('traceability:purchase_new')}?repeat={record.pk}"
        actions.append(Action("照这次再进一次", again, "repeat"))
    return [*actions, void]


VOID_ALREADY = "这条记录已经作废，不能再更正或作废。"
VOID_NOTES = {
    "purchase": "作废后这条记录不再计入台账，但仍可查到，并注明原因。来自“来货”的，会回到等您收的列表。",
    "sale": "作废后货回到您的库存。买方还没收的，他那边会看到已撤回。",
    "inspection": "作废后这一批不算检验合格，要重新登记检验才能出厂；原记录仍可查到，并注明原因。",
}


VOIDS: dict[str, Callable[[int, str, dict[str, Any]], Any]] = {
    "purchase": lambda id_, reason, by: purchases.void_purchase(
        purchase_id=id_, reason=reason, **by
    ),
    "sale": lambda id_, reason, by: sales.void_sale(sale_id=id_, reason=reason, **by),
    "inspection": lambda id_, reason, by: inspections.void_inspection(
        inspection_id=id_, reason=reason, **by
    ),
}


def _what(found: RecordPage) -> str:
    """The goods the record is about, and how much of them."""
    counted = found.batch if found.kind == "inspection" else found.record
    return f"{found.batch.name} {quantity(counted.quantity)} {counted.unit}"


@operator_page(Permission.VIEW_OWN_RECORDS)
def void_record(request: Visit, operator: Operator, record_id: int, kind: str) -> HttpResponseBase:
    """Declare a record void, with a reason."""
    found = find(request, operator, kind, record_id)
    if elsewhere := gone_elsewhere(request, found):
        return elsewhere
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        by: dict[str, Any] = {"by": request.actor, "operator": operator, "at": clock.now()}
        reason = form.cleaned_data["reason"]
        try:
            VOIDS[kind](record_id, reason, by)
            messages.success(request, "已作废，原因已经记下。")
            return redirect(_address(kind, record_id))
        except Rejected as refused:
            form.add_problems(refused.problems)
    context = {
        "form": form,
        "title": _what(found),
        "note": VOID_NOTES[kind],
        "label": f"作废这条{LABELS[kind]}",
        "back_url": _address(kind, record_id),
    }
    status = 422 if form.is_bound else 200
    return page(request, operator, "traceability/void.html", context, tab="ledger", status=status)
