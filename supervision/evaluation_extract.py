"""评价考核 as it is asked for in an address, and as a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from enterprises.actor import Actor
from enterprises.extracts import Extract, extract
from enterprises.roles import Permission
from shilian import clock
from supervision.filters import EvaluationForm
from supervision.metrics import FOUR
from supervision.queries import evaluation
from supervision.queries.evaluation import Evaluation, ScoreRow
from supervision.queries.indicators import NO_DATA, rounded
from supervision.rules.evaluation import MONTH
from supervision.rules.months import default_month


@dataclass(frozen=True, slots=True)
class Asked:
    """Which period, and whose ranking: of the province's cities, or of one city's counties."""

    kind: str
    month: date
    city_code: str

    @property
    def query(self) -> str:
        return urlencode(
            {"kind": self.kind, "month": f"{self.month:%Y-%m}", "city": self.city_code}
        )


def asked_evaluation(actor: Actor, query: QueryDict) -> tuple[Evaluation, Asked]:
    """Raises: OutOfScope for a city that does not concern the actor."""
    chosen = EvaluationForm(query).chosen()
    asked = Asked(
        kind=chosen.get("kind") or MONTH,
        month=chosen.get("month") or default_month(clock.today()),
        city_code=chosen.get("city") or "",
    )
    city = evaluation.find_city(actor, asked.city_code) if asked.city_code else None
    return evaluation.evaluate(actor, city, asked.kind, asked.month), asked


@extract("evaluation", "评价考核", Permission.EXPORT_LISTS, page="supervision:evaluation")
def evaluation_rows(actor: Actor, query: QueryDict, limit: int) -> Extract:
    """The ranking with each indicator's counts, rate, target and score."""
    found, _ = asked_evaluation(actor, query)
    headers = ["名次", "上期名次", "辖区", "区划代码", "目标档次", "综合得分", "按全省权重得分"]
    for each in FOUR:
        weight = f"{found.weights[each.code].normalize():f}"
        headers += [
            f"{each.name}分子", f"{each.name}分母", f"{each.name}（%）", f"{each.name}目标（%）",
            f"{each.name}得分（权重{weight}）",
        ]  # fmt: skip
    name = f"{found.area.name if found.area else '全省'}{found.period}评价考核"
    return Extract(name, "评价考核", headers, _lines(found.rows[:limit]))


def _lines(rows: list[ScoreRow]) -> Iterator[list[Any]]:
    for row in rows:
        line: list[Any] = [
            row.rank or NO_DATA, row.rank_before or NO_DATA, row.division.name, row.division.code,
            "示范、创建" if row.is_raised else "全省", _number(row.score), _number(row.general_score),
        ]  # fmt: skip
        for value in row.values:
            own = value.attained
            line += [
                value.numerator, value.denominator, _number(own.rate, 100),
                _number(own.target, 100), _number(own.score),
            ]  # fmt: skip
        yield line


def _number(value: Any, times: int = 1) -> Any:
    return NO_DATA if value is None else rounded(value * times)
