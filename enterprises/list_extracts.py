"""The lists of this app that may leave as a sheet: columns as on the page, phones masked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import QueryDict

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, extract
from enterprises.filters import AccountFilter, ApplicationFilter, AuditFilter, InvitationFilter
from enterprises.models import ImportSession, Invitation, Membership, Person
from enterprises.queries import applications, imports, own, people, system_health, systems
from enterprises.queries.audit_events import event_name
from enterprises.queries.system_health import RegisterRow
from enterprises.roles import Permission, Role
from enterprises.system_forms import SystemFilter
from shilian import clock
from shilian.web.formats import moment
from shilian.web.masking import mask_phone

CHUNK = 1_000
APPLICATIONS = ("名称", "统一社会信用代码", "环节", "主体类型", "县区", "乡镇（街道）", "地址", "联系人", "联系电话", "状态", "申请时间", "审核意见")  # fmt: skip
INVITATIONS = ("姓名", "岗位", "辖区", "监管所", "手机号", "邀请人", "邀请时间", "失效时间", "状态")
ACCOUNTS = ("姓名", "登录名", "岗位", "开通时间", "上次登录", "状态")
CLERKS = ("姓名", "身份", "手机号", "加入时间", "上次登录", "状态")
SYSTEMS = ("系统名称", "类别", "经营主体", "统一社会信用代码", "市", "县区", "环节", "对接方式", "上传的记录", "应传日", "开发单位", "联系人", "联系电话", "状态", "待办层级", "申报时间", "启用日期", "停用日期", "最后上传", "上传中断", "数据合格标识")  # fmt: skip
IMPORTS = ("文件", "上传时间", "状态", "新增", "变更", "无变化", "有错误", "其他区县", "已写入", "完成时间", "说明")  # fmt: skip
IMPORT_COUNTS = ("new", "change", "same", "bad", "skipped", "written")
AUDIT = ("时间", "事件", "操作人", "渠道", "来源地址", "主体编号", "对象", "对象编号", "数量", "理由", "请求编号")  # fmt: skip


@extract(
    "applications",
    "注册申请",
    Permission.APPROVE_APPLICATIONS,
    page="enterprises:applications",
)
def applications_asked(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    found = applications.list_applications(actor, ApplicationFilter(asked).chosen())
    rows = found.order_by("-id")[:limit].iterator(chunk_size=CHUNK)
    return Extract("注册申请", "注册申请", APPLICATIONS, map(_application, rows))


def _application(row: Any) -> list[Any]:
    return [
        row.name, row.credit_code, row.get_sector_display(), row.get_kind_display(),
        row.county.name, row.division.name, row.address, row.contact_name,
        mask_phone(row.contact_phone), row.get_state_display(), row.created_at,
        row.decision_note,
    ]  # fmt: skip


@extract(
    "invitations",
    "人员邀请",
    Permission.INVITE_OFFICERS,
    Permission.MANAGE_ACCOUNTS,
    page="enterprises:invitations",
)
def invitations(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    at = clock.now()
    found = people.list_invitations(actor, InvitationFilter(asked).chosen(), at=at)
    sent = found.order_by("-id")[:limit].iterator(chunk_size=CHUNK)
    rows = (
        [
            row.name,
            row.get_role_display(),
            row.division.name if row.division else "平台",
            row.station.name if row.station else "",
            mask_phone(row.phone),
            row.invited_by.name,
            row.created_at,
            row.expires_at,
            row.state_at(at).label,
        ]
        for row in sent
    )
    return Extract("人员邀请", "人员邀请", INVITATIONS, rows)


@extract("clerks", "店员", Permission.MANAGE_CLERKS, page="enterprises:clerks")
def clerks(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """Who works for the own operator, and who was invited.

    Raises: OutOfScope for somebody who keeps none.
    """
    operator = own.own_operator(actor)
    if operator is None:
        raise OutOfScope
    held = people.list_clerks(operator)
    invited = people.open_clerk_invitations(operator, at=clock.now())
    rows = [_clerk(each) for each in held] + [_invited(each) for each in invited]
    return Extract(f"店员-{operator.name}", "店员", CLERKS, rows[:limit], operator.county_id)


def _clerk(held: Membership) -> list[Any]:
    person = held.person
    word = "负责人" if held.role == Role.OWNER else "店员"
    state = "启用" if person.is_active else "停用"
    phone = mask_phone(person.phone)
    return [person.name, word, phone, held.granted_at, person.last_login, state]


def _invited(sent: Invitation) -> list[Any]:
    until = f"已邀请，{moment(sent.expires_at)} 前有效"
    return [sent.name, "店员", mask_phone(sent.phone), None, None, until]


@extract("roster_imports", "名录导入", Permission.IMPORT_ROSTER, page="enterprises:roster")
def roster_imports(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    found = imports.list_sessions(actor, imports.ROSTER).order_by("-id")[:limit]
    rows = map(_import, found.iterator(chunk_size=CHUNK))
    return Extract("名录导入", "名录导入", IMPORTS, rows)


def _import(row: ImportSession) -> list[Any]:
    counts = [row.summary.get(key, 0) for key in IMPORT_COUNTS]
    return [
        row.file_name, row.created_at, row.get_state_display(), *counts, row.finished_at,
        row.message,
    ]  # fmt: skip


@extract("accounts", "账号", Permission.MANAGE_ACCOUNTS, page="enterprises:accounts")
def accounts(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    found = people.list_accounts(AccountFilter(asked).chosen())
    rows = found.order_by("-id")[:limit].iterator(chunk_size=CHUNK)
    return Extract("账号", "账号", ACCOUNTS, map(_account, rows))


def _account(person: Person) -> list[Any]:
    held = [each for each in person.memberships.all() if not each.ended_at]
    return [
        person.name,
        mask_phone(person.login) if person.login == person.phone else person.login,
        "；".join(_post(each) for each in held),
        person.created_at,
        person.last_login,
        "启用" if person.is_active else "停用",
    ]


def _post(held: Membership) -> str:
    place = held.station or held.division or held.operator
    return f"{held.get_role_display()}，{place.name}" if place else held.get_role_display()


@extract("audit", "审计记录", Permission.VIEW_AUDIT, page="enterprises:audit")
def audit(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    found = people.list_audit(actor, AuditFilter(asked).chosen())
    return Extract("审计记录", "审计记录", AUDIT, _audit_rows(found.order_by("-at", "-id")[:limit]))


def _audit_rows(found: Any) -> Iterator[list[Any]]:
    for row in found.iterator(chunk_size=CHUNK):
        yield [
            row.at, event_name(row.event), row.actor_name, row.channel, row.address,
            row.operator_id, row.about, row.about_id, row.count, row.reason, row.request_id,
        ]  # fmt: skip


@extract("systems", "自建系统名册", Permission.VIEW_SYSTEMS, page="enterprises:system_register")
def systems_asked(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    found = systems.list_systems(actor, SystemFilter(asked).chosen()).order_by("sector", "-id")
    rows = system_health.register_rows(list(found[:limit]), today=clock.today())
    return Extract("自建系统名册", "自建系统", SYSTEMS, map(_system, rows))


def _system(row: RegisterRow) -> list[Any]:
    system: Any = row.system
    county = system.operator.county
    return [
        system.name, system.get_kind_display(), system.operator.name,
        system.operator.credit_code, county.parent.name if county.parent else "", county.name,
        system.get_sector_display(), system.get_docking_display(),
        "、".join(system.record_names), row.due_text, system.vendor, system.contact_name,
        mask_phone(system.contact_phone), system.get_state_display(), system.get_stage_display(),
        system.registered_at, system.in_service_since, system.ended_on, system.last_day,
        "是" if system.is_silent else "", "有" if row.badge.is_held else "",
    ]  # fmt: skip
