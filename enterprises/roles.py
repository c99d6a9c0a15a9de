"""The one table that says which role may do what.

Scope (where) is said in ``enterprises/scope.py``; this page is only about what.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "经营主体负责人"
    CLERK = "clerk", "经营主体店员"
    STATION_OFFICER = "station_officer", "监管所人员"
    COUNTY_OFFICER = "county_officer", "县区局人员"
    CITY_OFFICER = "city_officer", "市局人员"
    PROVINCE_OFFICER = "province_officer", "省局人员"
    TASK_FORCE = "task_force", "追溯专班"
    FOOD_SAFETY_OFFICE = "food_safety_office", "食安办"
    VENDOR_SUPPORT = "vendor_support", "开发公司支持"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"
    # No person holds it: what a signed request of a self-built system may do.
    SYSTEM_KEY = "system_key", "自建系统密钥"


class Permission(StrEnum):
    # The operator's own business.
    RECORD_PURCHASES = "record_purchases"
    RECORD_SALES = "record_sales"
    RECORD_PRODUCTION = "record_production"
    RECORD_MOVEMENTS = "record_movements"
    DECIDE_INCOMING = "decide_incoming"
    MANAGE_CATALOGUE = "manage_catalogue"
    MANAGE_EVIDENCE = "manage_evidence"
    IMPORT_RECORDS = "import_records"
    MANAGE_CLERKS = "manage_clerks"
    MANAGE_SYSTEMS = "manage_systems"
    VIEW_OWN_RECORDS = "view_own_records"
    ANSWER_RECALLS = "answer_recalls"
    START_RECALL = "start_recall"
    # The bureau's.
    VIEW_DASHBOARD = "view_dashboard"
    VIEW_OPERATORS = "view_operators"
    VIEW_RECORDS = "view_records"
    VIEW_CONTACTS = "view_contacts"
    EXPORT_LISTS = "export_lists"
    IMPORT_ROSTER = "import_roster"
    APPROVE_APPLICATIONS = "approve_applications"
    VIEW_SYSTEMS = "view_systems"
    APPROVE_SYSTEMS = "approve_systems"
    CHANGE_STANDING = "change_standing"
    INVITE_OFFICERS = "invite_officers"
    TRACE_BATCHES = "trace_batches"
    OPEN_TRACE_CASES = "open_trace_cases"
    APPROVE_TRACE_CASES = "approve_trace_cases"
    HOLD_BATCHES = "hold_batches"
    MANAGE_RECALLS = "manage_recalls"
    FOLLOW_FINDINGS = "follow_findings"
    JUDGE_MONTHS = "judge_months"
    DRAFT_AREA_BULLETIN = "draft_area_bulletin"
    COMMENT_ON_BULLETINS = "comment_on_bulletins"
    SET_AREA_WEIGHTS = "set_area_weights"
    # The task force's.
    PREPARE_BULLETIN = "prepare_bulletin"
    EDIT_PARAMETERS = "edit_parameters"
    # The administrators'.
    VIEW_SYSTEM = "view_system"
    MANAGE_ACCOUNTS = "manage_accounts"
    VIEW_AUDIT = "view_audit"


P = Permission

_CLERK = frozenset(
    {
        P.RECORD_PURCHASES,
        P.RECORD_SALES,
        P.RECORD_PRODUCTION,
        P.RECORD_MOVEMENTS,
        P.DECIDE_INCOMING,
        P.MANAGE_CATALOGUE,
        P.MANAGE_EVIDENCE,
        P.VIEW_OWN_RECORDS,
        P.ANSWER_RECALLS,
    }
)
_READER = frozenset({P.VIEW_DASHBOARD, P.VIEW_OPERATORS, P.VIEW_SYSTEMS, P.EXPORT_LISTS})
_STATION = _READER | {
    P.VIEW_RECORDS,
    P.VIEW_CONTACTS,
    P.APPROVE_APPLICATIONS,
    P.CHANGE_STANDING,
    P.TRACE_BATCHES,
    P.OPEN_TRACE_CASES,
    P.HOLD_BATCHES,
    P.FOLLOW_FINDINGS,
}
_BUREAU = _STATION | {
    P.IMPORT_ROSTER,
    P.INVITE_OFFICERS,
    P.MANAGE_RECALLS,
    P.APPROVE_SYSTEMS,
    P.JUDGE_MONTHS,
    P.DRAFT_AREA_BULLETIN,
    P.COMMENT_ON_BULLETINS,
}
# A case shows what lies outside the bureau's jurisdiction, so a higher bureau answers for it.
_HIGHER = _BUREAU | {P.APPROVE_TRACE_CASES}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    # The responsible person stops and takes back the own goods.
    Role.OWNER: _CLERK
    | {P.IMPORT_RECORDS, P.MANAGE_CLERKS, P.MANAGE_SYSTEMS, P.START_RECALL, P.HOLD_BATCHES},
    Role.CLERK: _CLERK,
    Role.STATION_OFFICER: _STATION,
    Role.COUNTY_OFFICER: _BUREAU,
    # A city weighs the indicators for what lies below it in its own way.
    Role.CITY_OFFICER: _HIGHER | {P.SET_AREA_WEIGHTS},
    Role.PROVINCE_OFFICER: _HIGHER,
    Role.TASK_FORCE: _HIGHER | {P.PREPARE_BULLETIN, P.EDIT_PARAMETERS},
    Role.FOOD_SAFETY_OFFICE: _READER,
    # Vendor support keeps the platform alive and never sees business data.
    Role.VENDOR_SUPPORT: frozenset({P.VIEW_SYSTEM}),
    Role.SYSTEM_ADMIN: frozenset({P.VIEW_SYSTEM}),
    Role.SECURITY_ADMIN: frozenset({P.MANAGE_ACCOUNTS}),
    Role.AUDIT_ADMIN: frozenset({P.VIEW_AUDIT}),
    # A key uploads and reads what it uploaded; it decides nothing and manages nobody.
    Role.SYSTEM_KEY: frozenset(
        {
            P.RECORD_PURCHASES,
            P.RECORD_SALES,
            P.RECORD_PRODUCTION,
            P.MANAGE_CATALOGUE,
            P.IMPORT_RECORDS,
            P.VIEW_OWN_RECORDS,
        }
    ),
}

OPERATOR_ROLES = frozenset({Role.OWNER, Role.CLERK, Role.SYSTEM_KEY})
PERSON_ROLES = [(role.value, role.label) for role in Role if role != Role.SYSTEM_KEY]
BUREAU_ROLES = frozenset(
    {
        Role.STATION_OFFICER,
        Role.COUNTY_OFFICER,
        Role.CITY_OFFICER,
        Role.PROVINCE_OFFICER,
        Role.TASK_FORCE,
        Role.FOOD_SAFETY_OFFICE,
    }
)
ADMIN_ROLES = frozenset(
    {Role.VENDOR_SUPPORT, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
)
