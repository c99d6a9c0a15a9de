"""评价考核: the composite score, its periods, its weights and who may set them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope, platform_actor
from enterprises.models import Division
from enterprises.roles import Role
from shilian.problems import Rejected
from supervision.models import DivisionMonth, MonthFreeze, ScoreWeights, ValueChange
from supervision.operations import value_changes
from supervision.queries import evaluation
from supervision.rollups import areas
from supervision.rules import evaluation as rules
from supervision.rules.dated_values import WeightDraft
from supervision.rules.evaluation import Attainment
from tests.builders.enterprises import make_city, make_county, make_province, officer_of
from tests.builders.numbers import noon

OCTOBER = date(2026, 10, 1)
AT = noon(date(2026, 11, 20))
D = Decimal
WEIGHTS = {"registration": D(30), "activity": D(30), "coverage": D(25), "system_upload": D(15)}
DRAFT = WeightDraft(
    weights={"registration": D(10), "activity": D(60), "coverage": D(20), "system_upload": D(10)},
    effective_from=date(2026, 12, 1),
    legal_basis="年度评价考核办法第四条",
    reason="突出活跃度",
)


@pytest.mark.parametrize(
    ("rate", "target", "score"),
    [
        ("0.30", "0.60", D(50)),
        ("0.60", "0.60", D(100)),
        ("0.90", "0.60", D(100)),
        ("0", "0.60", D(0)),
        (None, "0.60", None),
        ("0.5", None, None),
    ],
)
def test_an_indicator_earns_the_share_of_its_target(
    rate: str | None, target: str | None, score: Decimal | None
) -> None:
    attained = Attainment("activity", rate and D(rate), target and D(target))  # type: ignore[arg-type]

    assert attained.score == score


def test_indicators_without_data_leave_the_others_their_proportion() -> None:
    full = Attainment("registration", D(1), D("0.95"))
    half = Attainment("activity", D("0.30"), D("0.60"))
    none = Attainment("coverage", None, D("0.90"))

    assert rules.composite([full, half, none], WEIGHTS) == D(75)
    assert rules.composite([none], WEIGHTS) is None


@pytest.mark.parametrize(
    ("kind", "month", "months", "before", "text"),
    [
        ("month", OCTOBER, 1, date(2026, 9, 1), "2026年10月"),
        ("quarter", OCTOBER, 1, date(2026, 9, 1), "2026年第四季度（至10月）"),
        ("quarter", date(2026, 12, 1), 3, date(2026, 9, 1), "2026年第四季度"),
        ("quarter", date(2026, 1, 1), 1, date(2025, 12, 1), "2026年第一季度（至1月）"),
        ("year", OCTOBER, 10, date(2025, 12, 1), "2026年（至10月）"),
        ("year", date(2026, 12, 1), 12, date(2025, 12, 1), "2026年"),
    ],
)
def test_a_period_ends_with_the_month_asked(
    kind: str, month: date, months: int, before: date, text: str
) -> None:
    found = rules.period_months(kind, month)

    assert (len(found), found[-1]) == (months, month)
    assert rules.months_before(kind, month)[-1] == before
    assert rules.period_text(kind, month) == text


def tally(county: Division, month: date, registered: int, of: int) -> None:
    DivisionMonth.objects.create(
        division_id=county.pk,
        county_id=county.pk,
        month=month,
        sector=2,
        operator_count=of,
        registered_count=registered,
    )
    areas.sum_up([month])


@pytest.mark.django_db
def test_ranks_the_cities_and_sums_a_quarter() -> None:
    far = make_county(code="370202", name="市南区", city=make_city(code="370200", name="青岛市"))
    near = make_county()
    for month, registered in ((date(2026, 7, 1), 10), (date(2026, 8, 1), 80)):
        tally(near, month, registered, 100)
    tally(far, date(2026, 8, 1), 60, 100)

    found = evaluation.evaluate(platform_actor(), None, "quarter", date(2026, 8, 1))

    assert [(row.division.name, row.rank) for row in found.rows] == [("青岛市", 1), ("济南市", 2)]
    value = found.rows[1].values[0]
    assert (value.numerator, value.denominator, value.attained.rate) == (90, 200, D("0.45"))


@pytest.mark.django_db
def test_a_demonstration_city_is_held_to_its_higher_target() -> None:
    county = make_county()
    Division.objects.filter(code="370100").update(is_demonstration=True)
    tally(county, OCTOBER, 49, 100)

    found = evaluation.evaluate(platform_actor(), None, "month", OCTOBER)

    assert found.rows[0].values[0].attained.target == D("0.98")
    assert found.rows[0].score == D(50)


@pytest.mark.django_db
def test_a_citys_own_weights_rank_its_counties_and_leave_the_province_alone() -> None:
    county = make_county()
    city = Division.objects.get(code="370100")
    tally(county, date(2026, 12, 1), 95, 100)
    first, second = (officer_of(city, Role.CITY_OFFICER) for _ in range(2))

    change = value_changes.propose_weights(by=first, area=city, draft=DRAFT, at=AT)
    value_changes.approve_change(by=second, change=change, reason="已核对", at=AT)

    own = evaluation.evaluate(second, city, "month", date(2026, 12, 1))
    before = evaluation.evaluate(second, city, "month", date(2026, 11, 1))
    general = evaluation.evaluate(second, None, "month", date(2026, 12, 1))
    assert (own.weights["activity"], own.has_own_weights) == (D(60), True)
    assert (before.weights["activity"], before.has_own_weights) == (D(30), False)
    assert (general.weights["activity"], general.has_own_weights) == (D(30), False)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["month", "quarter", "year"])
def test_the_first_period_has_none_before_it(kind: str) -> None:
    make_county()

    found = evaluation.evaluate(platform_actor(), None, kind, date(2020, 1, 1))

    assert [(row.rank, row.rank_before) for row in found.rows] == [(None, None)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"weights": DRAFT.weights | {"activity": D("59.99")}}, ["weights_not_100"]),
        ({"weights": DRAFT.weights | {"activity": D("60.01")}}, ["weights_not_100"]),
        ({"weights": {"activity": D(100)}}, ["weight_not_a_share"] * 3),
        ({"weights": DRAFT.weights | {"activity": D(-1)}}, ["weight_not_a_share"]),
        ({"weights": DRAFT.weights | {"activity": D("NaN")}}, ["weight_not_a_share"]),
        ({"effective_from": date(2026, 12, 2)}, ["not_first_of_month"]),
        ({"effective_from": OCTOBER}, ["month_already_frozen"]),
        ({"legal_basis": ""}, ["basis_missing"]),
        ({"reason": " "}, ["reason_missing"]),
    ],
)
def test_refuses_weights_that_make_no_sense(change: dict[str, object], codes: list[str]) -> None:
    MonthFreeze.objects.create(month=OCTOBER, frozen_at=AT, frozen_by="平台", operator_count=0)
    draft = replace(DRAFT, **change)  # type: ignore[arg-type]

    with pytest.raises(Rejected) as refusal:
        value_changes.propose_weights(by=task_force(), area=None, draft=draft, at=AT)

    assert refusal.value.codes == codes
    assert not ValueChange.objects.exists()
    assert ScoreWeights.objects.count() == 1


@pytest.mark.django_db
def test_a_city_sets_no_weights_but_its_own() -> None:
    city = officer_of(make_city(), Role.CITY_OFFICER)
    other = make_city(code="370200", name="青岛市")

    with pytest.raises(OutOfScope):
        value_changes.propose_weights(by=city, area=other, draft=DRAFT, at=AT)
    with pytest.raises(Forbidden):
        value_changes.propose_weights(by=city, area=None, draft=DRAFT, at=AT)
    with pytest.raises(OutOfScope):
        evaluation.find_city(city, other.code)

    assert not ValueChange.objects.exists()


def task_force() -> Actor:
    return officer_of(make_province(), Role.TASK_FORCE)
