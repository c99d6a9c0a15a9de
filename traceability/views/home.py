"""The operator's first page, and the page with everything else."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import ImportSession, Operator, SelfBuiltSystem
from enterprises.queries import systems
from enterprises.roles import Permission
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.problems import Rejected
from traceability import home_notices
from traceability.operations import quiet
from traceability.queries import (
    home,
    imports,
    incoming,
    movements,
    pickers,
    recall_notices,
    refusals,
)
from traceability.views import ledger
from traceability.views.pages import operator_page, page
from traceability.views.shows import Shows, shows_for

INCOMING_SHOWN = 5
SENT_BACK_SHOWN = timedelta(days=30)
PAPERS_SHOWN = 4
GOODS_LISTED = 4


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_home(request: Visit, operator: Operator) -> HttpResponseBase:
    """What waits, what lapses, what was done; and the way to the day's work."""
    figures = home.home_figures(operator, clock.today())
    waiting = []
    if figures.waiting_count:
        rows = incoming.list_incoming(request.actor, operator, waiting=True)
        waiting = incoming.goods_of(rows.order_by("-pk")[:INCOMING_SHOWN])
    lacking = [(ledger.TABS[kind], count) for kind, count in figures.incomplete.items()]
    last = pickers.recent_deliveries(operator, limit=1)
    context = {
        "figures": figures,
        "waiting_count": figures.waiting_count,
        "recalls": [notice.recall for notice in recall_notices.open_notices(operator)],
        "notices": home_notices.notices_for(operator),
        "incoming": waiting,
        "lacking": lacking,
        "refusals": refusals.lately_refused(operator, at=clock.now()),
        "duplicate_count": figures.duplicate_count if _may_decide(request) else 0,
        "returned_count": movements.waiting_count(operator),
        "more_waiting": max(figures.waiting_count - len(waiting), 0),
        "papers": figures.papers[:PAPERS_SHOWN],
        "lapsing": figures.goods[:GOODS_LISTED],
        "last_delivery": last[0] if last else None,
        "shows": shows_for(operator),
        "systems": _systems(request, operator),
        "imports": _imports(request, operator),
        "submit_key": uuid.uuid4(),
    }
    return page(request, operator, "traceability/home.html", context, tab="home")


def _may_decide(request: Visit) -> bool:
    """Whether the person may say of two records that they are one."""
    return request.actor.may(Permission.RECORD_PURCHASES)


def _systems(request: Visit, operator: Operator) -> list[SelfBuiltSystem]:
    """The operator's systems that call for somebody, for whoever can do something about it."""
    if not request.actor.may(Permission.MANAGE_SYSTEMS):
        return []
    return systems.calling_systems(operator, since=clock.now() - SENT_BACK_SHOWN)


def _imports(request: Visit, operator: Operator) -> list[ImportSession]:
    """What this person uploaded and has not looked at since it ended or came to wait."""
    actor = request.actor
    return imports.unseen(actor, operator)[:3] if actor.may(Permission.IMPORT_RECORDS) else []


@require_POST
@operator_page(Permission.RECORD_PURCHASES)
def declare_quiet_month(request: Visit, operator: Operator) -> HttpResponseBase:
    """Say that nothing was bought this month."""
    now = clock.now()
    try:
        quiet.declare_quiet_month(
            by=request.actor, operator=operator, month=clock.business_day(now), at=now
        )
        messages.success(request, "已声明本月没有进货。以后又进了货，照常登记就行。")
    except Rejected as refused:
        tell(request, refused.problems)
    return redirect("traceability:home")


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    entries: tuple[Entry, ...]


@require_safe
@operator_page(Permission.VIEW_OWN_RECORDS)
def show_more(request: Visit, operator: Operator) -> HttpResponseBase:
    """Everything that is not done every day."""
    groups = [_records(shows_for(operator)), _books(), _shop(request)]
    return page(request, operator, "traceability/more.html", {"groups": groups}, tab="more")


def _own(name: str) -> str:
    return reverse(f"traceability:{name}")


def _records(shows: Shows) -> Group:
    entries = [Entry("登记进货", "shopping-cart", _own("purchase_new"))]
    # A shop that only serves consumers may still sell a batch on to a canteen.
    entries.append(Entry("登记销售", "send", _own("sale_new")))
    if shows.production:
        entries.append(Entry("登记生产", "building-factory-2", _own("production_new")))
    if shows.inspections:
        entries.append(Entry("登记出厂检验", "clipboard-check", _own("inspection_new")))
    if shows.harvests:
        entries.append(Entry("登记采收", "leaf", _own("harvest_new")))
    entries += [
        Entry("拆分、合并、分装、装箱", "package", reverse("traceability:run_new", args=["split"])),
        Entry("登记损耗、销毁、退货", "minus", _own("movement_new")),
    ]
    return Group("记一笔", tuple(entries))


def _books() -> Group:
    return Group(
        "我的资料",
        (
            Entry("库存", "package", _own("stock")),
            Entry("物料平衡", "list-check", _own("balance")),
            Entry("箱和托盘", "package", _own("boxes")),
            Entry("损耗、销毁、退货", "minus", _own("movements")),
            Entry("买方退货", "truck-delivery", _own("returns")),
            Entry("商品", "tag", _own("products")),
            Entry("供货商和买方", "users", _own("partners")),
            Entry("凭证", "certificate", _own("papers")),
        ),
    )


def _shop(request: Visit) -> Group:
    entries = []
    if request.actor.may(Permission.IMPORT_RECORDS):
        entries.append(Entry("导入台账表格", "file-spreadsheet", _own("imports")))
        entries.append(Entry("EPCIS 事件", "link", _own("my_epcis")))
        entries.append(Entry("试传：只检查不写入", "shield-check", _own("sandbox")))
    if request.actor.may(Permission.MANAGE_CLERKS):
        entries.append(Entry("店员", "user-plus", reverse("enterprises:clerks")))
    if request.actor.may(Permission.MANAGE_SYSTEMS):
        entries.append(Entry("自建系统和渠道", "link", reverse("enterprises:systems")))
    entries += [
        *(
            Entry(each.label, each.icon, reverse(each.url_name))
            for each in home_notices.more_entries()
        ),
        Entry("疑似重复", "repeat", _own("duplicates")),
        Entry("召回通知", "alert-triangle", _own("recall_notices")),
        Entry("谁看过我的数据", "eye", _own("looks")),
        Entry("账号和密码", "lock", reverse("enterprises:account")),
        Entry("帮助", "help", reverse("help")),
        Entry("更新记录", "history", reverse("changelog")),
    ]
    return Group("本店", tuple(entries))
