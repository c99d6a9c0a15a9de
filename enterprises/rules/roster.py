"""A licence roster's rows: the words people write, and what differs from the register."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from enterprises.rules.licences import LicenceDraft, kind_of
from enterprises.rules.registration import OperatorDraft
from shilian.problems import Problem

SECTOR_WORDS = {
    "生产": "production",
    "食品生产": "production",
    "流通": "circulation",
    "经营": "circulation",
    "食品经营": "circulation",
    "餐饮": "catering",
    "餐饮服务": "catering",
    "单位食堂": "catering",
    "特食": "special",
    "特殊食品": "special",
    "种植养殖": "farm",
    "种植": "farm",
    "养殖": "farm",
    "农产品": "farm",
}
# Taken for a link, and said so: the law knows 销售, the campaign says 流通.
SECTOR_GUESSES = {"销售": "circulation", "食品销售": "circulation", "零售": "circulation", "批发": "circulation"}  # fmt: skip
KIND_WORDS = {
    "企业": "enterprise",
    "公司": "enterprise",
    "个体工商户": "individual",
    "个体户": "individual",
    "个体": "individual",
    "合作社": "cooperative",
    "农民专业合作社": "cooperative",
    "事业单位": "public_body",
    "机关": "public_body",
    "学校": "public_body",
    "小作坊": "workshop",
    "食品小作坊": "workshop",
    "小餐饮": "small_catering",
    "食品摊点": "stall",
    "摊点": "stall",
    "摊贩": "stall",
    "农户": "farmer",
}
STANDING_WORDS = {
    "正常": "normal",
    "存续": "normal",
    "在营": "normal",
    "开业": "normal",
    "有效": "normal",
    "停业": "suspended",
    "歇业": "suspended",
    "暂停": "suspended",
    "注销": "closed",
    "吊销": "closed",
    "撤销": "closed",
    "查无下落": "unreachable",
    "失联": "unreachable",
}
# Source: domain.md section 3, divisions renamed since licences were issued.
RENAMED_COUNTIES = {
    "370125": "370115",
    "370181": "370114",
    "371202": "370116",
    "371203": "370117",
    "370282": "370215",
    "370684": "370614",
    "370634": "370614",
    "371523": "371503",
    "371626": "371681",
}
COMPARED = (
    "name",
    "sector",
    "kind",
    "address",
    "legal_person",
    "contact_name",
    "contact_phone",
    "division_id",
    "station",
    "standing",
    "is_wholesale",
)
LABELS = {
    "name": "名称",
    "credit_code": "统一社会信用代码",
    "sector": "环节",
    "kind": "主体类型",
    "address": "地址",
    "legal_person": "法定代表人（负责人）",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "division_id": "所在乡镇",
    "station": "监管所",
    "standing": "经营状态",
    "is_wholesale": "从事批发",
    "licence": "许可证",
}
OUTSIDE = "outside_jurisdiction"
_SCHOOL_CANTEEN = re.compile(r"(学校|小学|中学|高中|幼儿园|学院|大学).*食堂")


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One row: what was sent (``raw`` by our column names) and what it means.

    ``values`` holds only what the row says; a blank cell is no change. ``county_id`` is the county
    of its division. The credit code is the key and is always there in a sound row.
    """

    row_no: int
    raw: Mapping[str, str]
    values: Mapping[str, Any]
    county_id: int | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def credit_code(self) -> str:
        return str(self.values.get("credit_code", ""))

    @property
    def is_outside(self) -> bool:
        """Whether the row lies in somebody else's jurisdiction."""
        return any(problem.code == OUTSIDE for problem in self.problems)

    @property
    def licence(self) -> LicenceDraft | None:
        """The row's licence; None when it has no number."""
        return read_licence(self.values.get("licence"))


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says of an operator, in the same words as ``RosterEntry.values``."""

    operator_id: int
    values: Mapping[str, Any]
    licences: tuple[LicenceDraft, ...] = ()
    is_in_sight: bool = True


@dataclass(frozen=True, slots=True)
class Matched:
    """What becomes of a row: new, change, same, bad or skipped, and every field that changes."""

    outcome: str
    changes: dict[str, list[Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """The divisions and counties a row may name; ``in_sight`` are the uploader's own paths."""

    paths_by_code: Mapping[str, tuple[int, str]]
    townships_by_name: Mapping[str, tuple[int, ...]]
    paths_by_id: Mapping[int, str]
    in_sight: tuple[str, ...]


def read_licence(values: Mapping[str, Any] | None) -> LicenceDraft | None:
    """The licence in a stored row's values."""
    if not values or not values.get("number"):
        return None
    return LicenceDraft(
        number=str(values["number"]),
        kind=str(values["kind"]),
        issued_on=_day(values.get("issued_on")),
        valid_until=_day(values.get("valid_until")),
    )


def write_licence(draft: LicenceDraft) -> dict[str, str]:
    """The licence as a stored row's values."""
    days = {"issued_on": draft.issued_on, "valid_until": draft.valid_until}
    kept = {name: day.isoformat() for name, day in days.items() if day}
    return {"number": draft.number, "kind": draft.kind} | kept


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def licence_kind(word: str, number: str) -> str:
    """The licence's kind: by the letters of its number, else by the word beside it."""
    if kind_of(number) != "card":
        return kind_of(number)
    if "生产许可" in word:
        return "SC"
    return "JY" if "经营许可" in word else "YB" if "备案" in word else "card"


def current_code(code: str) -> str:
    """A township's or county's code with its county renamed, nine digits at most."""
    code = code[:9]
    return RENAMED_COUNTIES.get(code[:6], code[:6]) + code[6:]


def suggest_catering_class(name: str) -> str:
    """C1_SCHOOL for a school's canteen by its registered name; empty otherwise."""
    return "C1_SCHOOL" if _SCHOOL_CANTEEN.search(name) else ""


def suggest_wholesale(values: Mapping[str, Any]) -> bool:
    """A circulation enterprise that calls itself a wholesaler, where the sheet has no such column.

    Source: Food Safety Law article 53 paragraph 4 (wholesale enterprises keep sale records).
    """
    is_trader = values["sector"] == "circulation" and values["kind"] == "enterprise"
    return is_trader and "批发" in values["name"]


def match(entry: RosterEntry, held: Registered | None) -> Matched:
    """What the row would do to the register; nothing is changed by what it leaves blank.

    A row of another jurisdiction is left to it, whatever else is wrong in it.
    """
    if entry.is_outside:
        outside = tuple(problem for problem in entry.problems if problem.code == OUTSIDE)
        return Matched("skipped", problems=outside)
    if any(not problem.is_warning for problem in entry.problems):
        return Matched("bad", problems=entry.problems)
    if held is None:
        return Matched("new", problems=entry.problems)
    if not held.is_in_sight:
        message = "这个统一社会信用代码已登记在其他辖区，不能在这里修改，请先与对方核对迁入迁出。"
        elsewhere = Problem("operator_elsewhere", "credit_code", message, entry.row_no)
        return Matched("bad", problems=(*entry.problems, elsewhere))
    changes = {
        name: [held.values.get(name), entry.values[name]]
        for name in COMPARED
        if name in entry.values and entry.values[name] != held.values.get(name)
    }
    changes |= _licence_change(entry.licence, held.licences)
    return Matched("change" if changes else "same", changes, entry.problems)


def _licence_change(
    sent: LicenceDraft | None, held: tuple[LicenceDraft, ...]
) -> dict[str, list[Any]]:
    if sent is None:
        return {}
    same = next((licence for licence in held if licence.number == sent.number), None)
    if same is None:
        return {"licence": [None, write_licence(sent)]}
    issued = sent.issued_on or same.issued_on
    until = sent.valid_until or same.valid_until
    if (issued, until) == (same.issued_on, same.valid_until):
        return {}
    if issued and until and until < issued:
        # The day of issue on file belongs to the paper before this one.
        issued = sent.issued_on
    merged = LicenceDraft(same.number, same.kind, issued, until)
    return {"licence": [write_licence(same), write_licence(merged)]}


def draft_of(values: Mapping[str, Any], *, station_id: int | None, row: int) -> OperatorDraft:
    """The operator that a new row describes."""
    licence = read_licence(values.get("licence"))
    standing = values.get("standing", "normal")
    return OperatorDraft(
        name=values["name"],
        credit_code=values["credit_code"],
        sector=values["sector"],
        kind=values["kind"],
        division_id=values["division_id"],
        station_id=station_id,
        address=values.get("address", ""),
        legal_person=values.get("legal_person", ""),
        contact_name=values.get("contact_name", ""),
        contact_phone=values.get("contact_phone", ""),
        licences=(licence,) if licence else (),
        catering_class=values.get("catering_class", ""),
        is_wholesale=values.get("is_wholesale", suggest_wholesale(values)),
        standing=standing,
        standing_reason=values.get("standing_reason", "") if standing != "normal" else "",
        row=row,
    )
