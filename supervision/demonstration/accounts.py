"""The accounts to look around with: one for each role, with a password of this installation."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from enterprises.actor import Actor
from enterprises.models import Division, Operator
from enterprises.operations import people
from enterprises.roles import Role
from supervision.demonstration.roster import Member

CITY = "370100"
COUNTY = "370102"
# The provincial bureau's divisions, each of which decides on the systems of its link.
DIVISIONS = (
    ("production", "省局生产处"),
    ("circulation", "省局流通处"),
    ("catering", "省局餐饮处"),
    ("special", "省局特食处"),
)
CONDUCTS = ("regular", "quiet", "listed", "suspended")
# Letters that are not taken for one another on a phone.
LETTERS = "abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Login:
    """``operator`` is the credit code of the operator the account belongs to, if any."""

    role: str
    label: str
    login: str
    password: str
    operator: str = ""
    operator_name: str = ""


def stored_logins() -> list[Login]:
    """The demonstration's logins of this installation; empty when it has none."""
    if not _path().exists():
        return []
    return [Login(**entry) for entry in json.loads(_path().read_text(encoding="utf-8"))]


def open_accounts(*, by: Actor, members: Sequence[Member], at: datetime) -> list[Login]:
    """Open an account for each role and keep the list in the data directory, readable by its owner."""
    password = (
        f"shilian-{''.join(secrets.choice(LETTERS) for _ in range(5))}{secrets.randbelow(10)}"
    )
    opened = []
    for login, role, label, place in _wanted(members):
        operator = place.get("operator")
        people.open_account(
            by=by, login=login, name=label, role=role, at=at, password=password, **place
        )
        opened.append(
            Login(
                role=str(role),
                label=label,
                login=login,
                password=password,
                operator=operator.credit_code if operator else "",
                operator_name=operator.name if operator else "",
            )
        )
    _keep(opened)
    return opened


def _wanted(members: Sequence[Member]) -> Iterator[tuple[str, Role, str, dict[str, Any]]]:
    """Login, role, how it is announced, and the place it belongs to."""
    for login, label, operator in _operators(members):
        yield login, Role.OWNER, label, {"operator": operator}
    shop = _operator(members, "supermarket")
    yield "clerk", Role.CLERK, "超市店员", {"operator": shop}
    county = Division.objects.get(code=COUNTY)
    station = shop.station or county.stations.order_by("pk").first()
    yield "station", Role.STATION_OFFICER, "监管所人员", {"station": station}
    yield "county", Role.COUNTY_OFFICER, "县区局人员", {"division": county}
    yield "city", Role.CITY_OFFICER, "市局人员", {"division": Division.objects.get(code=CITY)}
    province = {"division": Division.objects.get(parent=None)}
    yield "province", Role.PROVINCE_OFFICER, "省局人员", province
    for sector, label in DIVISIONS:
        yield sector, Role.PROVINCE_OFFICER, label, province | {"sector": sector}
    yield "taskforce", Role.TASK_FORCE, "追溯专班", province
    # Whoever drafts a bulletin does not review it.
    yield "taskforce2", Role.TASK_FORCE, "追溯专班（审核）", province
    yield "office", Role.FOOD_SAFETY_OFFICE, "食安办", {"division": county}
    yield "support", Role.VENDOR_SUPPORT, "开发公司支持", {}
    yield "sysadmin", Role.SYSTEM_ADMIN, "系统管理员", {}
    yield "secadmin", Role.SECURITY_ADMIN, "安全管理员", {}
    yield "auditor", Role.AUDIT_ADMIN, "审计管理员", {}


def _operators(members: Sequence[Member]) -> Iterator[tuple[str, str, Operator]]:
    yield "shop", "超市（零售）", _operator(members, "supermarket")
    yield "stall", "蔬果摊（摊点）", _operator(members, "stall")
    yield "wholesaler", "批发商", _operator(members, "wholesaler")
    yield "factory", "生产企业", _operator(members, "factory")
    yield "farm", "种植养殖", _operator(members, "farm")
    yield "canteen", "学校食堂", _operator(members, "school")


def _operator(members: Sequence[Member], trade: str) -> Operator:
    """The county's operator of the trade that takes part most regularly."""
    own = [m for m in members if m.plan.trade.key == trade and m.plan.county.code == COUNTY]
    return min(own, key=lambda member: CONDUCTS.index(member.plan.conduct)).operator


def _path() -> Path:
    return Path(settings.DATA_DIR) / "demonstration_logins.json"


def _keep(logins: list[Login]) -> None:
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump([asdict(login) for login in logins], file, ensure_ascii=False, indent=1)
