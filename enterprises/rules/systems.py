"""What an application for the register of systems (登记造册) must say, and who decides it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from enterprises.rules.phones import check_mobile, tidy_phone
from enterprises.rules.registration import SECTORS
from shilian.problems import Problem
from shilian.text import normalise, tidy_prose

EVERY_DAY = 0b1111111
WORKDAYS = 0b0011111
KINDS = ("own", "market", "network", "canteen")
DOCKINGS = ("api", "epcis", "file")
RECORD_KINDS = ("purchases", "sales", "inspections", "production", "products", "partners")
# What happens every day; goods and partners are told when there are new ones.
DAILY_KINDS = frozenset({"purchases", "sales", "inspections", "production"})
# County, city, then the provincial division of the link. Source: launch speech, part 4 (3).
STAGES = ("county", "city", "province")
ROLE_OF_STAGE = {
    "county": "county_officer",
    "city": "city_officer",
    "province": "province_officer",
}
# Levels of the stored path: "/37/" is the province's, "/37/3701/" a city's.
DEPTH_OF_STAGE = {"province": 1, "city": 2, "county": 3}
LENGTHS = {"name": 80, "vendor": 80, "contact_name": 40}
TITLES = {"name": "系统名称", "vendor": "开发单位", "contact_name": "联系人"}
PLAN_AHEAD = timedelta(days=180)
NOTE_LENGTH = 200
# What may be put right at once, and what the chain must look at again.
CONTACT_FIELDS = ("vendor", "contact_name", "contact_phone")
DECIDED_FIELDS = ("name", "sector", "docking", "record_kinds", "due_weekdays")
_WEEKDAY_NAMES = "一二三四五六日"


def due_kinds(record_kinds: Iterable[str]) -> frozenset[str]:
    """Of the kinds a system is registered for, those that it owes every due day."""
    registered = frozenset(record_kinds)
    return registered & DAILY_KINDS or registered


@dataclass(frozen=True, slots=True)
class SystemDraft:
    """A system as its operator describes it.

    ``due_weekdays``: the weekdays on which it will upload, a bitmap with Monday lowest.
    """

    name: str
    kind: str = "own"
    vendor: str = ""
    sector: str = ""
    docking: str = "api"
    record_kinds: tuple[str, ...] = ()
    due_weekdays: int = EVERY_DAY
    contact_name: str = ""
    contact_phone: str = ""
    planned_since: date | None = None


def tidy(draft: SystemDraft) -> SystemDraft:
    """The draft with its prose cleaned and its phone in digits."""
    return replace(
        draft,
        name=tidy_prose(draft.name),
        vendor=tidy_prose(draft.vendor),
        contact_name=tidy_prose(draft.contact_name),
        contact_phone=tidy_phone(normalise(draft.contact_phone)),
        record_kinds=tuple(kind for kind in RECORD_KINDS if kind in draft.record_kinds),
    )


def check_system(draft: SystemDraft, *, today: date) -> list[Problem]:
    """Every problem of one tidied draft.

    Source: launch speech, part 4 (3): registered by link, with the way of docking agreed.
    """
    problems = _check_words(draft) + _check_choices(draft)
    if not draft.record_kinds:
        message = "请勾选系统会上传哪些记录，至少选一种。"
        problems.append(Problem("record_kinds_missing", "record_kinds", message))
    if not 0 < draft.due_weekdays <= EVERY_DAY:
        message = "请勾选每周哪几天应上传，至少选一天。"
        problems.append(Problem("due_weekdays_missing", "due_weekdays", message))
    planned = draft.planned_since
    if planned and not today <= planned <= today + PLAN_AHEAD:
        message = (
            f"计划启用日期应在今天以后、{PLAN_AHEAD.days}天以内，请改正；可以不填，通过后次日启用。"
        )
        problems.append(Problem("planned_since_out_of_range", "planned_since", message))
    return problems


def check_contact(draft: SystemDraft) -> list[Problem]:
    """Problems of what may be changed without a decision."""
    problems = [each for each in _check_words(draft) if each.field in CONTACT_FIELDS]
    return problems


def _check_words(draft: SystemDraft) -> list[Problem]:
    problems = []
    if not draft.name:
        problems.append(Problem("system_name_missing", "name", "请填写系统名称。"))
    if not draft.contact_name:
        message = "请填写联系人，对接和中断时要找到人。"
        problems.append(Problem("contact_name_missing", "contact_name", message))
    for name, most in LENGTHS.items():
        if len(getattr(draft, name)) > most:
            message = f"{TITLES[name]}不能超过{most}个字，请缩短。"
            problems.append(Problem(f"{name}_too_long", name, message))
    return problems + check_mobile(draft.contact_phone, field="contact_phone")


def _check_choices(draft: SystemDraft) -> list[Problem]:
    problems = []
    if draft.kind not in KINDS:
        problems.append(Problem("system_kind_unknown", "kind", "请选择系统类别。"))
    if draft.sector not in SECTORS:
        problems.append(Problem("sector_unknown", "sector", "请选择系统所属的环节。"))
    if draft.docking not in DOCKINGS:
        problems.append(Problem("docking_unknown", "docking", "请选择对接方式。"))
    return problems


def next_stage(stage: str) -> str:
    """Who decides after this one; empty when the chain is through."""
    following = STAGES[STAGES.index(stage) + 1 :]
    return following[0] if following else ""


def stages_open_to(
    roles: Iterable[str], paths: Iterable[str], operator_path: str
) -> frozenset[str]:
    """The stages at which somebody with these roles and jurisdictions decides on the operator.

    The role alone is not enough: who is county officer elsewhere and sees this county as a city's
    reader decides nothing here.
    """
    held = set(roles)
    levels = {path.count("/") - 1 for path in paths if operator_path.startswith(path)}
    return frozenset(
        stage
        for stage in STAGES
        if ROLE_OF_STAGE[stage] in held and DEPTH_OF_STAGE[stage] in levels
    )


def may_decide(
    stage: str, open_stages: frozenset[str], *, sectors: frozenset[str], sector: str
) -> bool:
    """Whether it is this officer's turn; the province's officers decide for their link alone.

    ``sectors`` empty: the officer belongs to no division of one link and decides for every one.
    """
    if not stage or stage not in open_stages:
        return False
    return stage != "province" or not sectors or sector in sectors


def check_decision(
    *, is_turn: bool, decided_before: bool, approves: bool, note: str
) -> list[Problem]:
    """Problems of one decision: not one's turn, a second stage by one person, a bare refusal."""
    if not is_turn:
        message = "现在不是您这一级审核，请刷新页面查看最新进度。"
        return [Problem("not_your_turn", "", message)]
    problems = []
    if decided_before:
        message = "您已经审核过上一级，同一个人不能连审两级，请由另一人审核。"
        problems.append(Problem("second_person_needed", "", message))
    if not approves and not tidy_prose(note):
        message = "请写明退回的原因，申报的经营户会看到。"
        problems.append(Problem("note_missing", "note", message))
    if len(note) > NOTE_LENGTH:
        problems.append(Problem("note_too_long", "note", f"意见最多{NOTE_LENGTH}个字，请缩短。"))
    return problems


def in_service_from(approved_on: date, planned: date | None) -> date:
    """The first day the system owes: as planned, never before the day after the last approval."""
    following = approved_on + timedelta(days=1)
    return max(following, planned) if planned else following


def weekdays_text(weekdays: int) -> str:
    """The bitmap in words: 每天, 周一至周五, 周一、周三."""
    if weekdays == EVERY_DAY:
        return "每天"
    if weekdays == WORKDAYS:
        return "周一至周五"
    return "、".join(f"周{name}" for bit, name in enumerate(_WEEKDAY_NAMES) if weekdays >> bit & 1)
