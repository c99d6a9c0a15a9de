"""The frozen operators behind one figure of a bulletin, inside the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from django.db.models import F, Q
from django.urls import reverse

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Operator, Sector
from enterprises.roles import Permission
from supervision.models import PROVINCE_PATH, SECTOR_CODES, SECTORS_BY_CODE, Bulletin, OperatorMonth
from supervision.models.tallies import OperatorMonthQuerySet
from supervision.queries.operators import FIGURES

RECORDS = F("purchase_count") + F("sale_count") + F("inspection_count")
# Which frozen rows stand behind each side of each figure, denominators included.
BEHIND: dict[str, Q] = FIGURES | {
    "obliged": Q(in_scope=True, obliged=True),
    "ten_three": Q(in_scope=True, ten_plus_three=True),
    "with_systems": Q(in_scope=True, system_count__gt=0),
    "recording": Q(in_scope=True, records__gt=0),
    "late": Q(in_scope=True, late_count__gt=0),
    "incomplete": Q(in_scope=True, incomplete_count__gt=0),
    "matchable": Q(in_scope=True, matchable_count__gt=0),
    "unmatched": Q(in_scope=True, unmatched_count__gt=0),
}
WORDS = {
    "listed": "计入的在册主体", "registered": "已注册", "unregistered": "未注册",
    "obliged": "应上传", "active": "活跃", "inactive": "不活跃",
    "ten_three": "“10+3”主体", "covered": "“10+3”已覆盖", "uncovered": "“10+3”未覆盖",
    "with_systems": "有自建系统", "uploading": "自建系统有达标", "not_uploading": "自建系统未达标",
    "recording": "有记录", "late": "有迟报", "incomplete": "有要素不全",
    "matchable": "有应当对应的记录", "unmatched": "有未对应的记录", "excluded": "不计入",
}  # fmt: skip
# The frozen rows of each indicator's numerator and denominator.
SIDES_OF = {
    "registration": ("registered", "listed"),
    "activity": ("active", "obliged"),
    "coverage": ("covered", "ten_three"),
    "system_upload": ("uploading", "with_systems"),
    "timeliness": ("recording", "recording"),
    "completeness": ("recording", "recording"),
    "broken_links": ("unmatched", "matchable"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figure: the division as frozen (empty for the whole area), the link, and the side."""

    division: str = ""
    sector: str = ""
    figure: str = "listed"


def rows_url(bulletin_id: int, asked: Asked) -> str:
    """The page of the frozen rows behind one figure."""
    told = (("division", asked.division), ("sector", asked.sector), ("figure", asked.figure))
    query = "&".join(f"{name}={quote(value)}" for name, value in told if value)
    return f"{_rows_page(bulletin_id)}?{query}"


@lru_cache(maxsize=64)
def _rows_page(bulletin_id: int) -> str:
    """A province's bulletin asks for it five thousand times."""
    return reverse("supervision:bulletin_rows", args=[bulletin_id])


@dataclass(frozen=True, slots=True)
class FrozenOperator:
    """One operator's frozen month; the name is today's, everything else the snapshot's.

    ``name`` is empty for one that has moved out of the viewer's sight since then.
    """

    id: int
    name: str
    credit_code: str
    place: str
    sector: str
    day_count: int
    required_days: int
    record_count: int
    valid_count: int
    late_count: int
    incomplete_count: int
    unmatched_count: int
    matchable_count: int
    system_met_count: int
    system_count: int


def frozen_rows(actor: Actor, bulletin: Bulletin, asked: Asked) -> OperatorMonthQuerySet:
    """The frozen rows behind the figure that the actor may see, for a keyset page by operator.

    Raises: Forbidden; OutOfScope for a division outside the bulletin's area or an unknown figure.
    """
    actor.require(Permission.VIEW_OPERATORS)
    if asked.figure not in BEHIND:
        raise OutOfScope
    rows = OperatorMonth.objects.visible_to(actor).of_month(bulletin.month)
    rows = rows.alias(records=RECORDS).filter(BEHIND[asked.figure])
    path = area_path(bulletin, asked.division)
    if path != PROVINCE_PATH:
        rows = rows.filter(division_id__in=Division.objects.under([path]).values("pk"))
    if asked.sector:
        rows = rows.filter(sector=SECTOR_CODES.get(asked.sector, 0))
    return rows


def area_path(bulletin: Bulletin, division: str) -> str:
    """The path of the division asked for, or of the bulletin's area. Raises: OutOfScope."""
    if not division:
        return bulletin.area_path
    found = Division.objects.filter(code=division).values_list("path", flat=True).first()
    if found is None or not found.startswith(bulletin.area_path):
        raise OutOfScope
    return found


def division_name(bulletin: Bulletin, division: str) -> str:
    """What the page calls the division asked for. Cost: at most one query."""
    if not division:
        return str(bulletin.figures["province"])
    return Division.objects.filter(code=division).values_list("name", flat=True).first() or ""


def told(actor: Actor, rows: Sequence[OperatorMonth]) -> list[FrozenOperator]:
    """The rows with the names of those that are still in the actor's sight.

    Cost: two queries, whatever their number.
    """
    operators = Operator.objects.visible_to(actor).in_bulk([row.operator_id for row in rows])
    places = Division.objects.select_related("parent").in_bulk([row.division_id for row in rows])
    return [_told(row, operators.get(row.operator_id), places.get(row.division_id)) for row in rows]


def _told(row: OperatorMonth, operator: Operator | None, place: Division | None) -> FrozenOperator:
    above = place.parent.name if place and place.parent else ""
    return FrozenOperator(
        id=row.operator_id,
        name=operator.name if operator else "",
        credit_code=operator.credit_code if operator else "",
        place=f"{above}{place.name}" if place else "",
        sector=str(Sector(SECTORS_BY_CODE[row.sector]).label),
        day_count=row.day_count,
        required_days=row.required_days,
        record_count=row.record_count,
        valid_count=row.valid_count,
        late_count=row.late_count,
        incomplete_count=row.incomplete_count,
        unmatched_count=row.unmatched_count,
        matchable_count=row.matchable_count,
        system_met_count=row.system_met_count,
        system_count=row.system_count,
    )
