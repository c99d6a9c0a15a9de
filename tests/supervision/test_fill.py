"""The filler against a slow and obvious count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enterprises.models import Operator, OperatorState, Sector, SelfBuiltSystem, Standing
from supervision.models import DivisionDay, DivisionMonth, MonthFreeze, OperatorMonth
from supervision.rollups import day_end, fill, rebuild, register
from tests.builders.enterprises import make_county, make_operator, make_township
from tests.builders.numbers import (
    correct_purchase,
    make_goods_class,
    make_incoming,
    make_purchase,
    make_system,
    mark,
    noon,
    send_rows,
)
from traceability.models import MonthMark, Purchase, QuietMonth, RecordState

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
AT = noon(date(2026, 10, 31))
LISTED = {"listed_at": noon(date(2026, 9, 1)), "activated_at": noon(date(2026, 9, 1))}


def shop(**facts: object) -> Operator:
    return make_operator(**(LISTED | facts))  # type: ignore[arg-type]


def row_of(operator: Operator, month: date = MONTH) -> OperatorMonth:
    return OperatorMonth.objects.get(operator_id=operator.pk, month=month)


def test_counts_distinct_days_not_rows() -> None:
    operator = shop()
    for _ in range(20):
        make_purchase(operator, on=date(2026, 10, 5))
    make_purchase(operator, on=date(2026, 10, 7))

    fill.fill(at=AT)

    row = row_of(operator)
    assert (row.purchase_count, row.day_count, row.last_day) == (21, 2, 7)
    assert not row.active


def test_four_days_make_a_retailer_active() -> None:
    operator = shop()
    for day in (5, 6, 7, 8):
        make_purchase(operator, on=date(2026, 10, day))

    fill.fill(at=AT)

    assert row_of(operator).active


def test_a_record_four_days_late_or_without_a_legal_field_is_not_valid() -> None:
    operator = shop()
    day = date(2026, 10, 5)
    make_purchase(operator, on=day, recorded_at=noon(day + timedelta(days=3)))
    make_purchase(operator, on=day, recorded_at=noon(day + timedelta(days=4)))
    make_purchase(operator, on=day, missing=["supplier_address"])

    fill.fill(at=AT)

    row = row_of(operator)
    assert (row.valid_count, row.late_count, row.incomplete_count) == (1, 1, 1)


def test_a_correction_is_as_old_as_the_record_it_puts_right() -> None:
    operator = shop()
    first = make_purchase(operator, on=date(2026, 10, 5))
    second = correct_purchase(first, at=noon(date(2026, 10, 20)), on=date(2026, 10, 6))
    correct_purchase(second, at=noon(date(2026, 10, 25)), on=date(2026, 10, 7))

    fill.fill(at=AT)

    row = row_of(operator)
    assert (row.purchase_count, row.valid_count, row.late_count) == (1, 1, 0)
    assert row.days == 1 << 6


def test_a_voided_record_leaves_the_numbers() -> None:
    operator = shop()
    made = make_purchase(operator, on=date(2026, 10, 5))
    fill.fill(at=AT)
    Purchase.objects.filter(pk=made.pk).update(state=RecordState.VOIDED)
    mark(operator, date(2026, 10, 5))

    fill.fill(at=AT)

    assert row_of(operator).record_count == 0
    assert not DivisionDay.objects.filter(record_count__gt=0).exists()
    assert rebuild.compare(MONTH, at=AT) == []


def test_covers_only_by_its_own_class() -> None:
    make_goods_class("K06_DAIRY", 5)
    make_goods_class("K05_MEAT", 4)
    dairy = shop(goods_classes=["K06_DAIRY"])
    other = shop(goods_classes=["K06_DAIRY"])
    make_purchase(dairy, on=date(2026, 10, 5), goods_class="K06_DAIRY")
    make_purchase(other, on=date(2026, 10, 5), goods_class="K05_MEAT")

    fill.fill(at=AT)

    assert row_of(dairy).covered
    assert not row_of(other).covered


def test_a_school_canteen_is_covered_by_any_goods() -> None:
    make_goods_class("C1_SCHOOL", 10, "catering")
    canteen = shop(sector=Sector.CATERING, catering_class="C1_SCHOOL")
    make_purchase(canteen, on=date(2026, 10, 9))

    fill.fill(at=AT)

    row = row_of(canteen)
    assert row.ten_plus_three
    assert row.covered
    # 18 working days in October 2026, of which 80 % rounded up.
    assert row.required_days == 15


def test_counts_deliveries_overdue_at_the_buyer() -> None:
    operator = shop()
    make_incoming(operator, sold_on=date(2026, 10, 23))
    make_incoming(operator, sold_on=date(2026, 10, 24))
    make_purchase(operator, on=date(2026, 10, 5), supplier_operator_id=7, sale_id=8)
    make_purchase(operator, on=date(2026, 10, 5), supplier_operator_id=7)

    fill.fill(at=AT)

    row = row_of(operator)
    assert (row.matchable_count, row.unmatched_count) == (3, 2)


def test_a_quiet_month_counts_once_in_a_row() -> None:
    operator = shop()
    for month in (MONTH, date(2026, 11, 1)):
        QuietMonth.objects.create(operator_id=operator.pk, month=month, declared_at=AT)
        mark(operator, month)

    fill.fill(at=noon(date(2026, 11, 30)))

    assert row_of(operator).active
    assert not row_of(operator, date(2026, 11, 1)).active


def test_a_system_meets_with_nine_days_of_ten_and_95_rows_of_100() -> None:
    operator = shop()
    good, lazy, faulty = (make_system(operator, since=date(2026, 10, 22)) for _ in range(3))
    for offset in range(9):
        day = date(2026, 10, 22) + timedelta(days=offset)
        send_rows(good, day, accepted=95)
        send_rows(faulty, day, accepted=94)
        if offset < 8:
            send_rows(lazy, day)
    mark(operator, MONTH)

    fill.fill(at=noon(date(2026, 11, 1)))

    row = row_of(operator)
    assert (row.system_count, row.system_met_count) == (3, 1)


def test_what_a_system_sends_again_earns_nothing() -> None:
    operator = shop()
    again, mixed = (make_system(operator, since=date(2026, 10, 22)) for _ in range(2))
    for offset in range(10):
        day = date(2026, 10, 22) + timedelta(days=offset)
        send_rows(again, day, duplicates=100)
        send_rows(mixed, day, accepted=99, duplicates=80)
    mark(operator, MONTH)

    fill.fill(at=noon(date(2026, 11, 1)))

    row = row_of(operator)
    assert (row.system_count, row.system_met_count) == (2, 1)


@pytest.mark.parametrize("state", ["applied", "refused", "withdrawn"])
def test_a_system_that_never_came_into_service_owes_nothing(state: str) -> None:
    operator = shop()
    system = make_system(operator, since=date(2026, 10, 22))
    SelfBuiltSystem.objects.filter(pk=system.pk).update(state=state, in_service_since=None)
    mark(operator, MONTH)

    fill.fill(at=noon(date(2026, 11, 1)))

    assert row_of(operator).system_count == 0


def test_leaves_a_closed_operator_out_and_counts_it() -> None:
    closed = shop(
        standing=Standing.CLOSED, standing_reason="注销", standing_since=date(2026, 10, 31)
    )
    mark(closed, MONTH)

    fill.fill(at=AT)

    tally = DivisionMonth.objects.get()
    assert (tally.operator_count, tally.closed_count) == (0, 1)


def test_follows_the_register_until_the_month_is_over() -> None:
    operator = shop(state=OperatorState.LISTED, activated_at=None)
    assert register.mark_changed(MONTH, at=AT) == 1
    fill.fill(at=AT)
    Operator.objects.filter(pk=operator.pk).update(
        state=OperatorState.ACTIVATED, activated_at=noon(date(2026, 10, 31))
    )

    marked = register.mark_changed(MONTH, at=AT)
    fill.fill(at=AT)

    assert marked == 1
    assert DivisionMonth.objects.get().registered_count == 1
    assert register.mark_changed(MONTH, at=AT) == 0


def test_counts_an_operator_where_it_stood_at_the_months_end() -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5))
    fill.fill(at=AT)
    elsewhere = make_township(county=make_county(code="370103", name="市中区"), code="370103001")
    Operator.objects.filter(pk=operator.pk).update(
        division=elsewhere, county=elsewhere.parent, division_path=elsewhere.path
    )
    mark(operator, MONTH)

    fill.fill(at=noon(date(2026, 11, 2)))

    assert row_of(operator).division_id == operator.division_id
    assert rebuild.compare(MONTH, at=noon(date(2026, 11, 2))) == []


def test_moves_the_tallies_with_an_operator_that_moves_within_the_month() -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5))
    fill.fill(at=AT)
    elsewhere = make_township(county=make_county(code="370103", name="市中区"), code="370103001")
    Operator.objects.filter(pk=operator.pk).update(
        division=elsewhere, county=elsewhere.parent, division_path=elsewhere.path
    )
    mark(operator, MONTH)

    fill.fill(at=AT)

    counted = DivisionMonth.objects.filter(operator_count__gt=0)
    assert [row.division_id for row in counted] == [elsewhere.pk]
    assert rebuild.compare(MONTH, at=AT) == []


def test_a_record_of_long_ago_opens_its_month_with_the_whole_register() -> None:
    licensed = {"listed_at": noon(date(2025, 1, 1)), "activated_at": noon(date(2026, 10, 1))}
    recorder, silent = shop(**licensed), shop(**licensed)
    make_purchase(recorder, on=date(2026, 4, 5))

    fill.fill_all(at=AT)

    months = OperatorMonth.objects.of_month(date(2026, 4, 1)).values_list("operator_id", "in_scope")
    assert dict(months) == {recorder.pk: True, silent.pk: True}


def test_a_frozen_month_does_not_move_but_remembers() -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5))
    fill.fill(at=AT)
    MonthFreeze.objects.create(month=MONTH, frozen_at=AT, frozen_by="平台", operator_count=1)
    make_purchase(operator, on=date(2026, 10, 6))

    done = fill.fill(at=AT)

    assert done.frozen_count == 1
    assert row_of(operator).purchase_count == 1
    assert MonthFreeze.objects.get().late_mark_count == 1
    assert not MonthMark.objects.exists()


def test_a_batch_that_fails_keeps_its_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = shop()
    make_purchase(operator, on=date(2026, 10, 5))

    def broken(*args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(fill, "replace_rows", broken)
        with pytest.raises(ZeroDivisionError):
            fill.fill(at=AT)
    fill.fill(at=AT)

    assert row_of(operator).purchase_count == 1
    assert DivisionMonth.objects.get().purchase_count == 1


def test_costs_the_same_statements_for_one_operator_and_for_twenty(
    django_assert_max_num_queries: object,
) -> None:
    for _ in range(20):
        make_purchase(shop(), on=date(2026, 10, 5))

    with django_assert_max_num_queries(30):  # type: ignore[operator]
        fill.fill(at=AT)


def test_the_new_day_marks_overdue_deliveries() -> None:
    operator = shop()
    make_incoming(operator, sold_on=date(2026, 10, 23))
    fill.fill_all(at=noon(date(2026, 10, 24)))
    assert row_of(operator).unmatched_count == 0

    day_end.mark_day(at=AT)
    fill.fill_all(at=AT)

    assert row_of(operator).unmatched_count == 1
    assert rebuild.compare(MONTH, at=AT) == []
