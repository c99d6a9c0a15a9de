"""Scoring months out of records, and what an officer's decision does to the figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from enterprises.actor import Forbidden, OutOfScope
from enterprises.models import AuditEntry, Operator
from enterprises.roles import Role
from shilian.problems import Rejected
from supervision.fabrication import score
from supervision.fabrication.features import features_of
from supervision.models import (
    DivisionMonth,
    MonthFreeze,
    OperatorMonth,
    ScoringPass,
    Suspicion,
)
from supervision.operations import suspicions as operations
from supervision.queries.parameters import parameters_in_force
from supervision.rollups import fill, rebuild
from supervision.rules.fabrication import MonthFeatures
from tests.builders.enterprises import (
    give_role,
    make_county,
    make_person,
    make_station,
    officer_of,
    station_officer_of,
)
from tests.builders.numbers import make_goods_class, make_purchase, noon
from tests.builders.watching import bought, make_suspicion, month_row, trader
from traceability.models import Purchase

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
AT = noon(date(2026, 11, 1))
REASON = "到店核对票据，多数为编造"


def features(operator: Operator) -> MonthFeatures:
    found = features_of(MONTH, [operator.pk], parameters=parameters_in_force(MONTH))
    return found[operator.pk]


def buys(operator: Operator, *days: int, **facts: Any) -> list[Purchase]:
    return [bought(operator, MONTH.replace(day=day), **facts) for day in days]


def at_hour(day: int, hour: int) -> datetime:
    return noon(MONTH.replace(day=day)) + timedelta(hours=hour - 12)


def test_counts_what_came_in_the_last_three_days_by_when_it_was_received() -> None:
    operator = trader()
    buys(operator, 5, 28)
    bought(operator, date(2026, 10, 28), at=at_hour(29, 0))
    bought(operator, date(2026, 10, 28), at=at_hour(28, 23))

    seen = features(operator)

    assert (seen.record_count, seen.last_days_count, seen.is_new) == (4, 1, False)


@pytest.mark.parametrize(("day", "is_new"), [(14, False), (15, True)])
def test_who_was_just_activated_is_new(day: int, is_new: bool) -> None:
    operator = trader(activated_at=at_hour(day, 12))
    buys(operator, 20)

    assert features(operator).is_new is is_new


@pytest.mark.parametrize(("hour", "count"), [(0, 1), (4, 1), (5, 0), (23, 0)])
def test_night_is_from_midnight_to_five_and_only_of_what_is_typed(hour: int, count: int) -> None:
    operator = trader()
    bought(operator, MONTH.replace(day=5), at=at_hour(5, hour))
    bought(operator, MONTH.replace(day=5), at=at_hour(5, 3), channel="api")

    seen = features(operator)

    assert (seen.typed_count, seen.night_count) == (1, count)


@pytest.mark.parametrize(("days", "count"), [(3, 0), (4, 1)])
def test_backdated_is_what_came_after_the_allowed_days(days: int, count: int) -> None:
    operator = trader()
    bought(operator, MONTH.replace(day=5), at=at_hour(5 + days, 12))

    assert features(operator).late_count == count


def test_a_correction_is_as_old_as_what_it_puts_right() -> None:
    operator = trader()
    [first] = buys(operator, 5)
    Purchase.objects.filter(pk=first.pk).update(state="superseded")
    bought(operator, MONTH.replace(day=5), at=at_hour(30, 2), supersedes_id=first.pk, reason="错")

    seen = features(operator)

    assert (seen.record_count, seen.last_days_count) == (1, 0)
    assert (seen.night_count, seen.late_count) == (0, 0)


def test_copied_days_are_those_equal_to_the_day_recorded_before() -> None:
    operator = trader()
    buys(operator, 1, 2, 5)
    buys(operator, 6, quantity=Decimal(11))
    buys(operator, 7)

    seen = features(operator)

    assert (seen.day_count, seen.copied_days) == (5, 2)


def test_round_weights_are_tens_of_what_is_weighed() -> None:
    operator = trader()
    buys(operator, 5, unit="公斤", quantity=Decimal(30))
    buys(operator, 6, unit="斤", quantity=Decimal("30.5"))
    buys(operator, 7, unit="箱", quantity=Decimal(30))

    seen = features(operator)

    assert (seen.weighed_count, seen.round_count) == (2, 1)


def test_counts_for_how_many_operators_the_main_writer_works() -> None:
    operator, person = trader(), make_person()
    for each in (operator, trader(), trader()):
        give_role(person, Role.CLERK, operator=each)
    buys(operator, 5, 6, recorded_by=person.pk)
    buys(operator, 7, recorded_by=make_person().pk)

    seen = features(operator)

    assert (seen.account_count, seen.account_operators) == (2, 3)


@pytest.mark.parametrize(("quantity", "ratio"), [(100, 0), (101, Decimal("10.1")), (500, 50)])
def test_impossible_is_ten_times_the_usual_of_three_months(quantity: int, ratio: Decimal) -> None:
    operator = trader()
    for day in range(1, 6):
        bought(operator, date(2026, 9, day))
    buys(operator, 5, quantity=Decimal(quantity))

    assert features(operator).history_ratio == ratio


def test_four_purchases_are_no_history() -> None:
    operator = trader()
    for day in range(1, 5):
        bought(operator, date(2026, 9, day))
    buys(operator, 5, quantity=Decimal(5_000))

    assert features(operator).history_ratio == 0


def fabricator() -> Operator:
    """Every record of October typed in one night at the month's end: burst, night, back-dated."""
    operator = trader()
    for day in range(1, 21):
        bought(operator, MONTH.replace(day=day), at=at_hour(30, 2))
    return operator


def test_puts_on_the_list_whose_score_is_high_enough_and_takes_them_off_again() -> None:
    operator, honest = fabricator(), trader()
    buys(honest, *range(1, 21, 2))
    for each in (operator, honest):
        month_row(each, date(2026, 10, 20))

    first = score.score_month(MONTH, at=AT)

    suspicion = Suspicion.objects.get()
    assert (first.operator_count, first.suspicion_count) == (2, 1)
    assert (suspicion.operator_id, suspicion.score) == (operator.pk, 100)
    assert suspicion.county_id == operator.county_id

    Purchase.objects.filter(operator=operator).update(state="voided")
    score.score_month(MONTH, at=AT, again=True)

    assert not Suspicion.objects.exists()


def test_a_decision_outlasts_the_next_scoring() -> None:
    operator = fabricator()
    month_row(operator, date(2026, 10, 20))
    score.score_month(MONTH, at=AT)
    suspicion = Suspicion.objects.get()
    operations.uphold_month(by=county(), suspicion=suspicion, reason=REASON, at=AT)

    Purchase.objects.filter(operator=operator).update(state="voided")
    score.score_month(MONTH, at=AT, again=True)

    assert Suspicion.objects.get().state == Suspicion.State.CLEARED


def test_scoring_goes_on_where_it_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "BATCH", 1)
    operators = [fabricator(), fabricator()]
    for each in operators:
        month_row(each, date(2026, 10, 20))
    ScoringPass.objects.create(
        month=MONTH, day=date(2026, 11, 1), last_operator_id=min(each.pk for each in operators)
    )

    done = score.score_month(MONTH, at=AT)

    assert done.operator_count == 1
    assert score.score_month(MONTH, at=AT).operator_count == 0
    assert score.score_month(MONTH, at=AT + timedelta(days=1)).operator_count == 2


def test_a_frozen_month_is_not_scored() -> None:
    month_row(fabricator(), date(2026, 10, 20))
    freeze()

    assert score.score_month(MONTH, at=AT).operator_count == 0
    assert not Suspicion.objects.exists()


def county() -> Any:
    return officer_of(make_county())


def freeze() -> None:
    MonthFreeze.objects.create(month=MONTH, frozen_at=AT, frozen_by="平台", operator_count=1)


def active_shop() -> Operator:
    make_goods_class()
    operator = trader(goods_classes=["K06_DAIRY"])
    for day in (1, 2, 3, 4):
        make_purchase(operator, on=MONTH.replace(day=day), goods_class="K06_DAIRY")
    rebuild.rebuild(MONTH, at=AT)
    return operator


def counted() -> tuple[int, int, int]:
    [row] = DivisionMonth.objects.filter(month=MONTH)
    return row.active_count, row.covered_count, row.obliged_count


def test_an_excluded_month_leaves_the_numerators_and_comes_back() -> None:
    operator = active_shop()
    suspicion = make_suspicion(operator)
    assert counted() == (1, 1, 1)

    operations.exclude_month(by=county(), suspicion=suspicion, reason=REASON, at=AT)
    fill.fill_all(at=AT)

    row = OperatorMonth.objects.get(month=MONTH)
    assert (row.excluded, row.active, row.covered, row.day_count) == (True, False, False, 4)
    assert counted() == (0, 0, 1)
    assert rebuild.compare(MONTH, at=AT) == []
    rebuild.rebuild(MONTH, at=AT)
    assert counted() == (0, 0, 1)

    operations.readmit_month(by=county(), suspicion=suspicion, reason="票据补齐属实", at=AT)
    fill.fill_all(at=AT)

    assert counted() == (1, 1, 1)
    assert rebuild.compare(MONTH, at=AT) == []


def test_a_decision_is_written_in_the_audit_with_reason_and_score() -> None:
    suspicion = make_suspicion(trader())

    done = operations.exclude_month(by=county(), suspicion=suspicion, reason=f" {REASON} ", at=AT)

    [entry] = AuditEntry.objects.filter(event="month_excluded")
    assert (entry.operator_id, entry.reason) == (suspicion.operator_id, REASON)
    assert entry.details == {"month": "2026-10-01", "score": 60}
    assert (done.state, done.reason, done.decided_name) == ("excluded", REASON, "监管员")


DECISIONS: list[tuple[Callable[..., Suspicion], dict[str, Any], str, list[str]]] = [
    (operations.exclude_month, {}, "看过了了", ["reason_missing"]),
    (operations.exclude_month, {}, "    ", ["reason_missing"]),
    (operations.uphold_month, {}, "", ["reason_missing"]),
    (operations.readmit_month, {}, REASON, ["suspicion_decided"]),
    (operations.exclude_month, {"state": "excluded"}, REASON, ["suspicion_decided"]),
    (operations.uphold_month, {"state": "excluded"}, REASON, ["suspicion_decided"]),
    (operations.uphold_month, {"state": "cleared"}, REASON, ["suspicion_decided"]),
    (operations.readmit_month, {"state": "cleared"}, "", ["suspicion_decided", "reason_missing"]),
]


@pytest.mark.parametrize(("decide", "facts", "reason", "codes"), DECISIONS)
def test_refuses_what_makes_no_sense(
    decide: Callable[..., Suspicion], facts: dict[str, Any], reason: str, codes: list[str]
) -> None:
    decided = {"decided_at": AT, "reason": "查过"} if facts else {}
    suspicion = make_suspicion(trader(), **facts, **decided)

    with pytest.raises(Rejected) as refused:
        decide(by=county(), suspicion=suspicion, reason=reason, at=AT)

    assert [each.code for each in refused.value.problems] == codes
    assert Suspicion.objects.get().state == facts.get("state", "waiting")
    assert not AuditEntry.objects.filter(event__startswith="month_").exists()


def test_a_found_true_month_may_still_turn_out_made_up() -> None:
    suspicion = make_suspicion(trader(), state="cleared", decided_at=AT, reason="查过")

    done = operations.exclude_month(by=county(), suspicion=suspicion, reason=REASON, at=AT)

    assert done.is_excluded


@pytest.mark.parametrize(
    ("decide", "facts"),
    [
        (operations.exclude_month, {}),
        (operations.readmit_month, {"state": "excluded", "decided_at": AT, "reason": "查过"}),
    ],
)
def test_a_frozen_month_never_moves(
    decide: Callable[..., Suspicion], facts: dict[str, Any]
) -> None:
    suspicion = make_suspicion(trader(), **facts)
    freeze()

    with pytest.raises(Rejected) as refused:
        decide(by=county(), suspicion=suspicion, reason=REASON, at=AT)

    assert [each.code for each in refused.value.problems] == ["month_frozen"]
    assert Suspicion.objects.get().state == suspicion.state


def test_only_the_bureau_in_charge_decides() -> None:
    station = make_station()
    suspicion = make_suspicion(trader(station=station))
    neighbour = officer_of(make_county(code="370103", name="市中区"))

    for by, refusal in ((neighbour, OutOfScope), (station_officer_of(station), Forbidden)):
        with pytest.raises(refusal):
            operations.exclude_month(by=by, suspicion=suspicion, reason=REASON, at=AT)

    assert Suspicion.objects.get().is_waiting
