"""What an operator on the roster is made of, and what may be wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from enterprises.rules.credit_codes import check_credit_code
from enterprises.rules.licences import LicenceDraft, check_licence
from enterprises.rules.phones import check_phone, tidy_phone
from shilian.problems import Problem
from shilian.text import normalise, tidy_prose

SECTORS = ("production", "circulation", "catering", "special", "farm")
KINDS = (
    "enterprise",
    "individual",
    "cooperative",
    "public_body",
    "workshop",
    "small_catering",
    "stall",
    "farmer",
)
CATERING_CLASSES = ("C1_SCHOOL", "C2_GROUP_MEAL", "C3_CENTRAL_KITCHEN")
STANDINGS = ("normal", "closed", "suspended", "unreachable")
# Source: launch speech, the ten classes of goods; codes of domain.md section 4.
TEN_CLASSES = (
    ("K01_VEG", "蔬菜"),
    ("K02_FRUIT", "水果"),
    ("K03_AQUATIC", "水产品"),
    ("K04_GRAIN", "粮食及其制品"),
    ("K05_MEAT", "肉制品"),
    ("K06_DAIRY", "乳制品"),
    ("K07_OIL", "食用油"),
    ("K08_ALCOHOL", "酒类"),
    ("K09_HEALTH", "保健食品"),
    ("K10_INFANT", "婴幼儿配方食品"),
)
LENGTHS = {"name": 120, "address": 200, "legal_person": 40, "contact_name": 40}
TITLES = {
    "name": "主体名称",
    "address": "经营地址",
    "legal_person": "法定代表人（负责人）",
    "contact_name": "联系人",
}


@dataclass(frozen=True, slots=True)
class OperatorDraft:
    """An operator as a roster, a form or the demonstration describes it.

    ``division_id`` is the township, or the county when the township is not known.
    """

    name: str
    credit_code: str
    sector: str
    kind: str
    division_id: int | None
    station_id: int | None = None
    address: str = ""
    legal_person: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    licences: tuple[LicenceDraft, ...] = ()
    catering_class: str = ""
    goods_classes: tuple[str, ...] = ()
    is_wholesale: bool = False
    standing: str = "normal"
    standing_reason: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """What the database knows of a list of drafts: paths of divisions, counties of stations."""

    division_paths: Mapping[int, str] = field(default_factory=dict)
    station_paths: Mapping[int, str] = field(default_factory=dict)
    listed_codes: frozenset[str] = frozenset()


def tidy(draft: OperatorDraft) -> OperatorDraft:
    """The draft with its names as they are written, its numbers half-width, its codes in capitals."""
    return replace(
        draft,
        name=tidy_prose(draft.name),
        credit_code=normalise(draft.credit_code).upper().replace(" ", ""),
        address=tidy_prose(draft.address),
        legal_person=tidy_prose(draft.legal_person),
        contact_name=tidy_prose(draft.contact_name) or tidy_prose(draft.legal_person),
        contact_phone=tidy_phone(normalise(draft.contact_phone)),
        standing_reason=tidy_prose(draft.standing_reason),
        licences=tuple(_tidy_licence(licence) for licence in draft.licences),
    )


def _tidy_licence(draft: LicenceDraft) -> LicenceDraft:
    return replace(draft, number=normalise(draft.number).upper().replace(" ", ""))


def check_operators(
    drafts: Sequence[OperatorDraft], facts: RosterFacts, *, today: date
) -> list[Problem]:
    """Every problem of every draft, each at its row; the drafts are tidied already."""
    repeated = {code for code, count in Counter(d.credit_code for d in drafts).items() if count > 1}
    problems: list[Problem] = []
    for draft in drafts:
        own = check_operator(draft, facts, today=today)
        if draft.credit_code in facts.listed_codes:
            message = "这个统一社会信用代码已在名册里，不能重复列入。"
            own.append(Problem("operator_listed_already", "credit_code", message))
        if draft.credit_code and draft.credit_code in repeated:
            message = "同一份名单里有两行是这个统一社会信用代码，请只保留一行。"
            own.append(Problem("credit_code_repeated", "credit_code", message))
        problems += [problem.at_row(draft.row) for problem in own]
    return problems


def check_operator(draft: OperatorDraft, facts: RosterFacts, *, today: date) -> list[Problem]:
    """Problems of one tidied draft.

    Source: domain.md sections 2 and 3; Food Safety Law article 42 (who keeps records).
    """
    problems = _check_names(draft) + _check_choices(draft)
    if draft.credit_code:
        problems += check_credit_code(draft.credit_code)
    else:
        message = "没有统一社会信用代码，请对照营业执照补充。"
        problems.append(Problem("credit_code_missing", "credit_code", message))
    problems += check_phone(draft.contact_phone)
    for licence in draft.licences:
        problems += check_licence(licence, today=today)
    return problems + _check_place(draft, facts)


def _check_names(draft: OperatorDraft) -> list[Problem]:
    problems = []
    if not draft.name:
        problems.append(Problem("name_missing", "name", "请填写主体名称，与营业执照一致。"))
    for name, most in LENGTHS.items():
        if len(getattr(draft, name)) > most:
            message = f"{TITLES[name]}不能超过{most}个字，请缩短。"
            problems.append(Problem(f"{name}_too_long", name, message))
    if draft.standing != "normal" and not draft.standing_reason:
        message = "注销、停业或查无下落的，要写明原因。"
        problems.append(Problem("standing_reason_missing", "standing_reason", message))
    return problems


def _check_choices(draft: OperatorDraft) -> list[Problem]:
    problems = []
    if draft.sector not in SECTORS:
        message = "环节应为生产、流通、餐饮、特殊食品或种植养殖之一，请改正。"
        problems.append(Problem("sector_unknown", "sector", message))
    if draft.kind not in KINDS:
        message = "主体类型应为企业、个体工商户、合作社、事业单位、小作坊、小餐饮、食品摊点或农户之一，请改正。"
        problems.append(Problem("kind_unknown", "kind", message))
    if draft.standing not in STANDINGS:
        message = "状态应为正常、停业、注销或查无下落之一，请改正。"
        problems.append(Problem("standing_unknown", "standing", message))
    if draft.catering_class and draft.catering_class not in CATERING_CLASSES:
        message = "三类餐饮应为学校食堂、集体用餐配送单位或中央厨房。"
        problems.append(Problem("catering_class_unknown", "catering_class", message))
    if set(draft.goods_classes) - {code for code, _ in TEN_CLASSES}:
        problems.append(Problem("goods_class_unknown", "goods_classes", "品种不在十大类之内。"))
    return problems


def _check_place(draft: OperatorDraft, facts: RosterFacts) -> list[Problem]:
    path = facts.division_paths.get(draft.division_id or 0)
    if path is None:
        message = "没有找到所在的乡镇（街道），请填写9位区划代码或核对名称。"
        return [Problem("division_unknown", "division_id", message)]
    county = facts.station_paths.get(draft.station_id) if draft.station_id else None
    if draft.station_id and (county is None or not path.startswith(county)):
        message = "所属监管所不在这个县（市、区），请核对。"
        return [Problem("station_elsewhere", "station_id", message)]
    return []
