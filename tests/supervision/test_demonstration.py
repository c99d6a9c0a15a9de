"""What the demonstration province decides from the day it is loaded on."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from enterprises.actor import platform_actor
from enterprises.models import Division
from enterprises.roles import Role
from shilian.clock import start_of
from supervision.demonstration import issue, roster, stories
from supervision.demonstration.catalogue import FRESH_DAYS
from supervision.demonstration.load import SEED, closed_months
from supervision.demonstration.market import Market
from supervision.demonstration.windows import windows
from supervision.models import Bulletin, BulletinComment
from tests.builders.enterprises import give_role, make_city, make_county, make_person
from traceability.models import (
    Batch,
    BatchOrigin,
    Channel,
    FactoryInspection,
    Link,
    Product,
    Purchase,
    Sale,
)

pytestmark = pytest.mark.django_db
COUNTIES = {2: "历下区", 4: "槐荫区"}
MONTHS = [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
THIRD = start_of(date(2026, 11, 3))


@pytest.mark.parametrize(
    ("at", "months"),
    [
        (THIRD, MONTHS[:2]),
        (THIRD - timedelta(seconds=1), MONTHS[:1]),
        (start_of(date(2026, 11, 1)), MONTHS[:1]),
        (start_of(date(2026, 9, 30)), []),
    ],
)
def test_the_bulletins_are_of_the_months_that_may_be_frozen(
    at: datetime, months: list[date]
) -> None:
    assert closed_months(MONTHS, at) == months


def test_the_earlier_bulletin_is_issued_and_the_newest_put_before_the_cities() -> None:
    counties = make_province_with_two_counties()
    for role, division in (
        (Role.TASK_FORCE, counties[0].parent.parent),
        (Role.CITY_OFFICER, counties[0].parent),
    ):
        give_role(make_person(), role, division=division)

    for _ in range(2):
        issue.tell_bulletins(by=platform_actor(), months=MONTHS[:2], at=THIRD)

    told = Bulletin.objects.order_by("month").values_list("month", "state", "number", "issued_on")
    assert list(told) == [
        (MONTHS[0], "published", "演示追溯通报〔2026〕9号", date(2026, 10, 8)),
        (MONTHS[1], "commenting", "", None),
    ]
    assert BulletinComment.objects.get().office == "济南市"


TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("today", "count", "last"),
    [
        (TODAY, 7, date(2026, 11, 20)),
        (date(2026, 11, 20), 6, date(2026, 11, 10)),
        (date(2026, 11, 11), 6, date(2026, 11, 10)),
        (date(2026, 11, 10), 6, date(2026, 11, 9)),
        (date(2026, 11, 1), 6, date(2026, 10, 31)),
    ],
)
def test_the_newest_stretch_ends_before_today(today: date, count: int, last: date) -> None:
    found = list(windows(today))

    assert (len(found), found[-1].last) == (count, last)
    assert [window.number for window in found] == list(range(count))
    assert sum(window.number == stories.GREAT for window in found) == 1
    assert sum(window.number == stories.COMPLAINT for window in found) == 1


def make_province_with_two_counties() -> list[Division]:
    city = make_city()
    return [make_county(city=city, code=f"37010{n}", name=name) for n, name in COUNTIES.items()]


def test_the_same_seed_plans_the_same_province() -> None:
    make_province_with_two_counties()

    first, second = (roster.plan_province(seed=7) for _ in range(2))

    assert first == second
    assert first != roster.plan_province(seed=8)
    assert len({plan.name for plan in first}) == len(first)


def list_members() -> list[roster.Member]:
    """Two counties of one city, listed and activated since August."""
    make_province_with_two_counties()
    months = [date(2026, month, 1) for month in (8, 9, 10, 11)]
    return roster.fill_roster(
        by=platform_actor(channel=Channel.DEMO),
        seed=SEED,
        at=start_of(date(2026, 7, 12)),
        today=TODAY,
        months=months,
    )


@pytest.fixture
def market() -> Market:
    return Market(list_members(), seed=SEED)


def test_the_same_seed_tells_the_same_story() -> None:
    members = list_members()

    assert story_of(members) == story_of(members)


def story_of(members: list[roster.Member]) -> list[tuple[object, ...]]:
    """What one stretch of days leaves in the books; it is undone again."""
    with transaction.atomic():
        Market(members, seed=SEED).run(list(windows(TODAY))[stories.GREAT])
        fields = ("operator_id", "batch__name", "quantity", "recorded_at", "voucher_number")
        bought = Purchase.objects.filter(sale_id=None).order_by(*fields).values_list(*fields)
        sold = Sale.objects.order_by(*fields).values_list(*fields)
        told = [*bought, *sold]
        transaction.set_rollback(True)
    return told


def test_goods_pass_five_hands_and_are_sold_fresh(market: Market) -> None:
    for window in list(windows(TODAY))[stories.GREAT :]:
        market.run(window)
    market.last_sales(TODAY, start_of(TODAY))

    assert longest_chain() >= 5
    assert not stale_sales()
    assert twice_named() == []


def test_the_great_batch_fails_a_later_test_and_goods_come_back(market: Market) -> None:
    for window in list(windows(TODAY))[stories.GREAT : stories.COMPLAINT + 1]:
        market.run(window)

    great = Batch.objects.filter(batch_number__startswith=stories.STAR)
    made = great.filter(origin_kind=BatchOrigin.MADE)
    assert great.values("operator").distinct().count() > 5
    assert FactoryInspection.objects.filter(batch__in=made, result="failed").count() == 1
    assert Sale.objects.filter(voucher_number__startswith="TH").exists()


def longest_chain() -> int:
    """Links on the longest way of any goods."""
    parents = defaultdict(list)
    for child, parent in Link.objects.values_list("child_id", "parent_id"):
        parents[child].append(parent)

    def depth(batch: int) -> int:
        return max((1 + depth(parent) for parent in parents[batch]), default=0)

    return max(depth(child) for child in list(parents))


def stale_sales() -> list[Sale]:
    """Loose goods sold more than a week after they were brought in from the fields."""
    return [
        sale
        for sale in Sale.objects.select_related("batch").filter(unit="千克")
        if sale.batch.produced_on and (sale.sold_on - sale.batch.produced_on).days > FRESH_DAYS
    ]


def twice_named() -> list[tuple[int, str, str]]:
    """Goods that a small shop has twice under one name and specification."""
    shops = Product.objects.filter(operator__is_wholesale=False)
    named = Counter(shops.values_list("operator_id", "name", "specification"))
    return [key for key, count in named.items() if count > 1]
