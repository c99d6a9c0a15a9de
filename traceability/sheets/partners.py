"""The address book: suppliers and buyers, entered or brought up to date by sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.sheets import cells
from shilian.sheets.headers import Column
from shilian.text import normalise
from traceability.models import Partner
from traceability.operations import partners
from traceability.queries import listed
from traceability.rules import partners as rules
from traceability.rules.partners import PartnerDraft
from traceability.sheets import meanings
from traceability.sheets.base import Cells, Judged, Line, SheetKind, register
from traceability.sheets.fields import Fields
from traceability.sheets.judging import judged, verdicts

COLUMNS = (
    Column(
        "name",
        (
            "单位名称",
            "名称",
            "往来单位",
            "供货者名称",
            "供应商",
            "客户名称",
            "客户",
            "购货者名称",
            "供货单位",
            "供应商名称",
            "客户单位",
            "企业名称",
            "公司名称",
            "商户名称",
        ),
        True,
    ),
    Column("roles", ("往来关系", "类型", "单位类型", "关系", "客户类型", "供货还是购货"), True),
    Column("credit_code", ("统一社会信用代码", "社会信用代码", "信用代码", "税号", "纳税人识别号")),
    Column("licence_number", ("许可证编号", "食品许可证号", "许可证号", "经营许可证编号")),
    Column("licence_valid_until", ("许可证有效期至", "有效期至", "许可证有效期", "证照有效期")),
    Column("address", ("地址", "单位地址", "经营地址", "住所")),
    Column("contact_name", ("联系人", "负责人", "联络人")),
    Column(
        "contact_phone",
        (
            "联系方式",
            "联系电话",
            "电话",
            "手机",
            "手机号",
            "手机号码",
            "电话号码",
            "联系人电话",
        ),
    ),
    Column("is_outside_province", ("是否省外", "省外", "外省")),
)
SUPPLIER_WORDS = ("供货", "供应", "进货", "厂家", "上游", "卖方")
BUYER_WORDS = ("购货", "客户", "销售", "买方", "下游", "采购方", "经销")
BOTH_WORDS = ("两者", "都是", "双向", "供销")
EXAMPLE = {
    "name": "某某粮油有限公司",
    "roles": "供货者",
    "licence_valid_until": "2027-12-31",
    "address": "某某市某某路1号",
    "contact_name": "张某",
    "contact_phone": "0531-88888888",
    "is_outside_province": "否",
}
ALREADY = "往来单位里已有这一家，内容一样，没有重复记。"
_FACTS = frozenset(PartnerDraft.__dataclass_fields__) - {"row", "is_supplier", "is_buyer"}
_KEPT = _FACTS - {"name", "credit_code"}


def read(cells_: Cells, row_no: int, month: date) -> Line:
    """What the row says of one supplier or buyer."""
    row = Fields(COLUMNS, cells_, row_no, month)
    row.words("name", 120, required=True)
    _read_roles(row)
    row.code("credit_code")
    row.code("licence_number")
    row.last_day("licence_valid_until")
    row.words("address", 200)
    row.words("contact_name", 40)
    _read_phone(row)
    row.flag("is_outside_province", ("省外", "外省"), ("省内", "本省"))
    return row.line()


def _read_phone(row: Fields) -> None:
    """The number; of several the first. Whether it is one, the rules of the address book say."""
    cell = row.cell("contact_phone")
    said, problems = meanings.phone("contact_phone", "联系方式", cell.text, cell.kind)
    row.values["contact_phone"] = said
    is_one = said == cells.text_of(cell)
    row.take(problem for problem in problems if not (is_one and problem.is_warning))


def _read_roles(row: Fields) -> None:
    said = normalise(row.cell("roles").text)
    is_both = any(word in said for word in BOTH_WORDS)
    row.values["is_supplier"] = is_both or any(word in said for word in SUPPLIER_WORDS)
    row.values["is_buyer"] = is_both or any(word in said for word in BUYER_WORDS)
    if said and not row.values["is_supplier"] and not row.values["is_buyer"]:
        message = f"往来关系“{said[:10]}”没有看懂，请填“供货者”“购货者”或“两者都是”。"
        row.add("partner_role_unclear", "roles", message)


def judge(by: Actor, operator: Operator, lines: Sequence[Line], at: datetime) -> list[Judged]:
    """Each line: new, already in the address book just so, or what is wrong. Cost: one query."""
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    drafts = {line.row_no: draft_of(line) for line in lines if line.is_readable}
    entered = listed.partners_of(operator, list(drafts.values()))
    by_code = {row.credit_code: row for row in entered if row.credit_code}
    by_name = {normalise(row.name): row for row in entered if not row.credit_code}
    today = business_day(at)

    def look(line: Line) -> Judged:
        draft = drafts[line.row_no]
        before = by_code.get(draft.credit_code) or by_name.get(normalise(draft.name))
        draft = draft if before is None else _merged(draft, line, before)
        found = rules.check_partner(draft, own_code=operator.credit_code, today=today)
        same = ALREADY if before is not None and _says_the_same(draft, before) else ""
        problems = [*line.problems, *found]
        return judged(line, problems, draft, same_as=before.pk if before else None, same=same)

    return verdicts(lines, look)


def draft_of(line: Line) -> PartnerDraft:
    """The partner that a readable line tells of."""
    known = _FACTS | {"is_supplier", "is_buyer"}
    said = {name: value for name, value in line.values.items() if name in known}
    return rules.tidied(PartnerDraft(**said, row=line.row_no))


def _merged(draft: PartnerDraft, line: Line, before: Partner) -> PartnerDraft:
    """The draft with the address book's own facts wherever the line says nothing."""
    kept: dict[str, Any] = {
        name: getattr(before, name) for name in _KEPT if name not in line.values
    }
    return replace(draft, **kept)


def _says_the_same(draft: PartnerDraft, before: Partner) -> bool:
    """Whether the partner, as it is entered, already says all of the draft; roles only add up."""
    if before.is_retired or any(getattr(before, name) != getattr(draft, name) for name in _FACTS):
        return False
    return before.is_supplier >= draft.is_supplier and before.is_buyer >= draft.is_buyer


def record(by: Actor, operator: Operator, lines: Sequence[Judged], at: datetime) -> list[int]:
    """Enter the partners of the lines, all or none; gives their ids."""
    drafts = [line.draft for line in lines]
    saved = partners.save_partners(by=by, operator=operator, drafts=drafts, at=at)
    return [partner.pk for partner in saved]


PARTNERS = register(
    SheetKind(
        code="partners",
        name="往来单位",
        permission=Permission.MANAGE_CATALOGUE,
        columns=COLUMNS,
        read=read,
        judge=judge,
        record=record,
        example=(EXAMPLE,),
        identity=("credit_code", "name"),
        shown_at={"is_supplier": "roles", "is_buyer": "roles"},
    )
)
