"""What waits for an officer, for the bureau's home page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.urls import reverse

from enterprises.actor import Actor
from enterprises.models import Division, ImportSession, Job, RegistrationApplication
from enterprises.queries import divisions, systems
from enterprises.roles import Permission
from shilian import clock
from supervision.models import Finding, Suspicion
from supervision.queries import bulletins, tallies, value_changes
from supervision.queries.dashboard import area_for
from supervision.queries.operators import operators_matching, quick_criteria
from traceability.queries.cases import cases_to_decide

# A home page tells how much waits; beyond this it only tells that it is a lot.
MOST = 999


@dataclass(frozen=True, slots=True)
class Waiting:
    """One kind of work: how much of it, and the page that opens it.

    What must be counted stops at MOST; ``is_more`` says that there is more than that.
    """

    code: str
    label: str
    count: int
    url: str
    is_more: bool = False


def what_waits(actor: Actor, *, today: date | None = None) -> list[Waiting]:
    """What this officer can act on now, most pressing first; nothing that counts zero.

    Cost: at most twelve queries, each bounded whatever the size of the jurisdiction.
    """
    today = today or clock.today()
    home = divisions.home_division(actor)
    found = [
        *_applications(actor),
        *_systems(actor),
        *_trace_cases(actor),
        *_bulletin(actor, today),
        *_value_changes(actor),
        *_findings(actor, today),
        _quick(actor, home, "gaps", "断链：上下游对应不上", "broken", today),
        _quick(actor, home, "lapsed_licences", "许可证已过期", "licences", today),
        _unregistered(actor, home, today),
        *_imports(actor),
    ]
    return [item for item in found if item.count]


def _applications(actor: Actor) -> list[Waiting]:
    if not actor.may(Permission.APPROVE_APPLICATIONS):
        return []
    waiting = RegistrationApplication.objects.visible_to(actor).filter(
        state=RegistrationApplication.State.WAITING
    )
    return [
        _counted("applications", "注册申请待审核", waiting, reverse("enterprises:applications"))
    ]


def _systems(actor: Actor) -> list[Waiting]:
    """Systems whose approval is this officer's turn, and those that fell silent."""
    if not actor.may(Permission.APPROVE_SYSTEMS):
        return []
    url = reverse("enterprises:system_register")
    calls = systems.calls_for(actor)
    return [
        Waiting("systems", "自建系统待审核", calls.waiting, f"{url}?show=mine"),
        Waiting("silent_systems", "自建系统上传中断", calls.silent, f"{url}?show=silent"),
    ]


def _trace_cases(actor: Actor) -> list[Waiting]:
    if not actor.may(Permission.APPROVE_TRACE_CASES):
        return []
    url = f"{reverse('traceability:trace_cases')}?show=mine"
    return [_counted("trace_cases", "追溯案件待审批", cases_to_decide(actor), url)]


def _findings(actor: Actor, today: date) -> list[Waiting]:
    """What the radar found, what of it is overdue, and months that nobody has looked into."""
    if not actor.may(Permission.FOLLOW_FINDINGS):
        return []
    url = reverse("supervision:findings")
    found = Finding.objects.visible_to(actor)
    kinds: dict[str, tuple[QuerySet[Any], str, str]] = {
        "overdue_findings": (found.overdue(today), "断链线索过了期限", f"{url}?overdue=yes"),
        "findings": (found.open(), "断链线索待处理", url),
        "suspicions": (
            Suspicion.objects.visible_to(actor).waiting(),
            "疑似造数待核查",
            reverse("supervision:suspicions"),
        ),
    }
    counts = _counted_together({code: rows for code, (rows, _, _) in kinds.items()})
    return [
        Waiting(code, label, min(counts[code], MOST), where, is_more=counts[code] > MOST)
        for code, (_, label, where) in kinds.items()
    ]


def _counted_together(kinds: dict[str, QuerySet[Any]]) -> Counter[str]:
    """How many rows each kind has, up to one more than MOST. Cost: one query."""
    parts = [
        rows.order_by().values_list(Value(code, output_field=CharField()))[: MOST + 1]
        for code, rows in kinds.items()
    ]
    return Counter(code for (code,) in parts[0].union(*parts[1:], all=True))


def _bulletin(actor: Actor, today: date) -> list[Waiting]:
    """Last month's bulletin until it is issued; for those below, what is put before them."""
    if not actor.may(Permission.PREPARE_BULLETIN):
        return _comments(actor, today)
    due = bulletins.due_bulletin(actor, today)
    if due is None:
        return []
    url = reverse("supervision:bulletins")
    if due.bulletin is not None:
        url = reverse("supervision:bulletin", args=[due.bulletin.pk])
    state = "已逾期" if due.is_late(today) else f"{due.due_on.month}月{due.due_on.day}日前"
    return [Waiting("bulletin", f"{due.month.month}月通报待印发（{state}）", 1, url)]


def _comments(actor: Actor, today: date) -> list[Waiting]:
    """Bulletins above the actor that are open for comments."""
    if not actor.may(Permission.COMMENT_ON_BULLETINS):
        return []
    waiting = bulletins.open_for_comments(actor, today)
    url = reverse("supervision:bulletins")
    return [_counted("comments", "通报征求意见", waiting, url)]


def _value_changes(actor: Actor) -> list[Waiting]:
    """Changes of dated values that another person proposed: this officer may approve them."""
    if actor.may(Permission.EDIT_PARAMETERS):
        url = reverse("supervision:parameters")
    elif actor.may(Permission.SET_AREA_WEIGHTS):
        url = reverse("supervision:weights")
    else:
        return []
    others = (
        value_changes.visible_changes(actor).pending().exclude(proposed_by=actor.person_id or 0)
    )
    return [_counted("value_changes", "数值修改待批准", others, f"{url}#changes")]


def _imports(actor: Actor) -> list[Waiting]:
    """Uploads and jobs of one's own that stopped and need a person."""
    if actor.person_id is None or not actor.may(Permission.IMPORT_ROSTER):
        return []
    mine = ImportSession.objects.filter(person_id=actor.person_id)
    preview = mine.filter(state=ImportSession.State.PREVIEW)
    parked = Job.objects.filter(created_by_id=actor.person_id, state=Job.State.PARKED)
    roster = reverse("enterprises:roster")
    return [
        _counted("previews", "导入待确认", preview, roster),
        _counted("parked_imports", "导入已搁置", parked, roster),
    ]


def _quick(actor: Actor, home: Division, code: str, label: str, quick: str, today: date) -> Waiting:
    """As many as the list behind the link shows, which begins with the same division."""
    criteria = replace(quick_criteria(quick, today=today), division=home)
    rows = operators_matching(actor, criteria)
    url = f"{reverse('supervision:operators')}?quick={quick}"
    return _counted(code, label, rows, url)


def _unregistered(actor: Actor, home: Division, today: date) -> Waiting:
    """As many as the figure says, which is the sum of the rows that the list behind it shows."""
    criteria = quick_criteria("unregistered", today=today)
    month = criteria.month or clock.month_of(today)
    counts = tallies.total(tallies.by_month(area_for(actor, home), [month])[month])
    count = counts["operator_count"] - counts["registered_count"]
    url = f"{reverse('supervision:operators')}?quick=unregistered"
    return Waiting("unregistered", "未注册的经营主体", count, url)


def _counted(code: str, label: str, rows: QuerySet[Any], url: str) -> Waiting:
    count = rows.order_by()[: MOST + 1].count()
    return Waiting(code, label, min(count, MOST), url, is_more=count > MOST)
