"""The sums kept for every division are those of the leaves below it, whatever moved and when."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from enterprises.actor import platform_actor
from enterprises.models import Division, Operator, Sector, Standing
from enterprises.operations import successions
from enterprises.rules.successions import Succession
from supervision.metrics.base import TALLIES, add
from supervision.models import SECTOR_CODES, AreaMonth, DivisionMonth, MonthFreeze
from supervision.queries import tallies
from supervision.queries.tallies import PROVINCE, Area, Counts
from supervision.rollups import areas, fill, rebuild, register
from tests.builders.enterprises import make_city, make_county, make_station, make_township
from tests.builders.numbers import make_purchase
from tests.supervision.test_fill import AT, MONTH, shop

pytestmark = pytest.mark.django_db
BEFORE = date(2026, 9, 1)


def places() -> list[Division]:
    """Townships of three counties in two cities, and a county on which shops hang directly."""
    far = make_county(code="370202", name="市南区", city=make_city(code="370200", name="青岛市"))
    near = make_county(code="370103", name="市中区")
    return [
        make_township(),
        make_township(code="370102002", name="东关街道"),
        make_township(county=near),
        make_township(county=far),
        near,
    ]


def move(operator: Operator, to: Division) -> None:
    """The operator stands there from now on."""
    county = to if to.is_county_level else to.parent
    Operator.objects.filter(pk=operator.pk).update(
        division=to, county=county, division_path=to.path
    )
    register.mark([(operator.pk, MONTH)])


def of_leaves(path: str, month: date, sector: Sector | None = None) -> Counts:
    """Σ over the leaf rows at or below the path, one at a time."""
    below = Division.objects.filter(path__startswith=path).values_list("pk", flat=True)
    rows = DivisionMonth.objects.filter(division_id__in=list(below), month=month)
    if sector is not None:
        rows = rows.filter(sector=SECTOR_CODES[sector])
    return add(*rows.values(*TALLIES)) if rows else tallies.total({})


def something(found: dict[str, Counts]) -> dict[str, Counts]:
    """Without those that count nothing."""
    return {code: counts for code, counts in found.items() if any(counts.values())}


def expected_children(path: str, depth: int, sector: Sector | None = None) -> dict[str, Counts]:
    """Σ of each division under the path with so many codes."""
    below = Division.objects.filter(path__startswith=path)
    named = {each.code: each.path for each in below if each.path.count("/") - 1 == depth}
    return {code: of_leaves(own, MONTH, sector) for code, own in named.items()}


def check_every_area() -> None:
    for division in Division.objects.all():
        area = Area(path=division.path)
        found = tallies.by_month(area, [BEFORE, MONTH])
        assert tallies.total(found[BEFORE]) == of_leaves(division.path, BEFORE)
        for sector in Sector:
            assert tallies.total(found[MONTH], sector) == of_leaves(division.path, MONTH, sector)
        check_children(division, area)
    assert tallies.total(tallies.by_month(PROVINCE, [MONTH])[MONTH]) == of_leaves("/", MONTH)
    for part in (2, 3, 4):
        found_parts = tallies.by_path_part(part, [MONTH])[MONTH]
        assert something(found_parts) == something(expected_children("/", part))


def check_children(division: Division, area: Area) -> None:
    for sector in (None, Sector.CATERING):
        found = something(tallies.by_child(area, [MONTH], sector)[MONTH])
        hanging = found.pop("", None)
        below = something(expected_children(division.path, area.depth + 1, sector))
        assert found == below
        everything = of_leaves(division.path, MONTH, sector)
        assert add(*below.values(), hanging or tallies.total({})) == everything


@pytest.mark.parametrize("seed", range(4))
def test_random_moves_and_records_keep_every_sum(seed: int) -> None:
    dice, townships = random.Random(seed), places()
    operators = [
        shop(township=dice.choice(townships[:4]), sector=dice.choice(list(Sector)))
        for _ in range(10)
    ]
    for _ in range(40):
        operator, what = dice.choice(operators), dice.randint(0, 3)
        if what <= 1:
            make_purchase(operator, on=MONTH + timedelta(days=dice.randint(-20, 30)))
        elif what == 2:
            move(operator, dice.choice(townships))
        else:
            standing = dice.choice([Standing.NORMAL, Standing.CLOSED])
            Operator.objects.filter(pk=operator.pk).update(
                standing=standing,
                standing_reason="" if standing == Standing.NORMAL else "注销",
                standing_since=None if standing == Standing.NORMAL else MONTH,
            )
            register.mark([(operator.pk, MONTH)])
        if dice.random() < 0.2:
            fill.fill(at=AT, limit=dice.randint(1, 6))
            check_every_area()
    register.mark_changed(MONTH, at=AT)
    fill.fill_all(at=AT)

    assert rebuild.compare(MONTH, at=AT) == []
    check_every_area()
    kept = list(AreaMonth.objects.filter(record_count__gt=0).order_by("pk").values())
    rebuild.rebuild(MONTH, at=AT)
    assert list(AreaMonth.objects.filter(record_count__gt=0).order_by("pk").values()) == kept


def test_a_fill_that_does_not_commit_leaves_every_sum_as_it_was() -> None:
    make_purchase(shop(), on=MONTH)

    with transaction.atomic():
        fill.fill(at=AT)
        transaction.set_rollback(True)

    assert not AreaMonth.objects.exists()
    fill.fill(at=AT)
    assert rebuild.compare(MONTH, at=AT) == []


def test_comparing_finds_a_wrong_sum_and_rebuilding_mends_it() -> None:
    make_purchase(shop(), on=MONTH)
    fill.fill(at=AT)
    city = make_city()
    AreaMonth.objects.filter(division_id=city.pk).update(purchase_count=7)

    [wrong] = rebuild.compare(MONTH, at=AT)

    assert (wrong.table, wrong.key[0]) == ("area_month", city.pk)
    rebuild.rebuild(MONTH, at=AT)
    assert rebuild.compare(MONTH, at=AT) == []


def test_a_frozen_month_rests_at_every_level() -> None:
    operator = shop()
    make_purchase(operator, on=MONTH)
    fill.fill(at=AT)
    before = list(AreaMonth.objects.order_by("pk").values())
    MonthFreeze.objects.create(month=MONTH, frozen_at=AT, frozen_by="平台", operator_count=1)

    make_purchase(operator, on=MONTH)
    fill.fill(at=AT)

    assert list(AreaMonth.objects.order_by("pk").values()) == before


def test_a_division_replaced_within_the_month_leaves_its_operators_to_the_new_one() -> None:
    old, new = make_county(), make_county(code="370103", name="市中区")
    leaves = make_township(county=old), make_township(county=new)
    for township in leaves:
        make_purchase(shop(township=township), on=MONTH)
    fill.fill_all(at=AT)
    successions.replace_divisions(
        by=platform_actor(),
        rows=[Succession(old.code, new.code), Succession(leaves[0].code, leaves[1].code)],
        effective_on=date(2026, 10, 20),
        at=AT,
    )
    fill.follow_register(at=AT, month=MONTH)
    fill.fill_all(at=AT)

    counts = {
        division.code: tallies.total(tallies.by_month(Area(division.path), [MONTH])[MONTH])
        for division in (old, new, make_city())
    }

    assert {code: each["operator_count"] for code, each in counts.items()} == {
        old.code: 0,
        new.code: 2,
        make_city().code: 2,
    }
    assert rebuild.compare(MONTH, at=AT) == []
    check_every_area()


def test_summing_up_afresh_gives_what_was_carried_along() -> None:
    for township in places()[:4]:
        make_purchase(shop(township=township), on=MONTH)
    fill.fill_all(at=AT)
    carried = list(AreaMonth.objects.order_by("pk").values())

    areas.sum_up([MONTH])

    assert list(AreaMonth.objects.order_by("pk").values()) == carried


def test_an_areas_months_are_found_by_their_key() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = AreaMonth.objects.filter(division_id=1, month__in=[BEFORE, MONTH])

    plan = rows.explain()

    assert "supervision_areamonth_pkey" in plan
    assert "Filter" not in plan


def test_filling_one_operator_asks_no_more_for_more_divisions(
    django_assert_max_num_queries: object,
) -> None:
    for township in places()[:4]:
        make_purchase(shop(township=township), on=MONTH)

    with django_assert_max_num_queries(30):  # type: ignore[operator]
        fill.fill(at=AT)


def test_a_stations_operators_are_found_before_their_months() -> None:
    station = make_station()
    make_purchase(shop(station=station), on=MONTH)
    fill.fill_all(at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    area = Area(make_county().path, station.pk)

    with CaptureQueriesContext(connection) as asked:
        found = tallies.by_month(area, [BEFORE, MONTH])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked.captured_queries[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert tallies.total(found[MONTH])["purchase_count"] == 1
    assert "operator_station_latest" in plan
    assert "ANY ((InitPlan" in plan
