"""The records by channel: counted at night, shown, exported and printed by jurisdiction."""

from datetime import date
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from enterprises.models import Division
from enterprises.roles import Role
from supervision.models import ChannelMonth
from supervision.rollups.channels import count_channels
from tests.builders import enterprises as build
from tests.builders import numbers
from traceability.models import DuplicateSuspect, Purchase, Sale

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
DAY = date(2026, 10, 20)
AT = numbers.noon(date(2026, 10, 31))


def officer(division: Division, role: Role = Role.COUNTY_OFFICER) -> Client:
    client = Client()
    client.force_login(build.give_role(build.make_person(), role, division=division).person)
    return client


def fill() -> None:
    """Two purchases by two channels and a sale; another county's purchase; one told twice."""
    shop = build.make_operator()
    for channel in ("market", "api"):
        made = numbers.make_purchase(shop, on=DAY)
        Purchase.objects.filter(pk=made.pk).update(channel=channel)
    Sale.objects.filter(pk=numbers.make_sale(shop, on=DAY).pk).update(channel="api")
    other = build.make_township(county=build.make_county(code="370103", name="市中区"))
    made = numbers.make_purchase(build.make_operator(township=other), on=DAY)
    Purchase.objects.filter(pk=made.pk).update(channel="form")
    DuplicateSuspect.objects.create(
        operator=shop, division_id=shop.division_id, county_id=shop.county_id, kind="purchase",
        record_id=1, earlier_id=2, channel="api", earlier_channel="market", happened_on=DAY,
        name="白菜", partner_name="批发商", quantity=1, unit="公斤", found_at=AT,
    )  # fmt: skip
    count_channels(MONTH, at=AT)


def test_counts_records_operators_and_pairs_by_county_and_channel():
    fill()

    rows = {(row.county_id, row.channel): row for row in ChannelMonth.objects.all()}

    api = rows[370102, "api"]
    assert (api.record_count, api.operator_count, api.waiting_count) == (2, 1, 1)
    assert rows[370102, "market"].record_count == 1
    assert rows[370103, "form"].record_count == 1
    assert len(rows) == 3


def test_counting_again_changes_nothing():
    fill()

    count_channels(MONTH, at=AT)

    assert sum(row.record_count for row in ChannelMonth.objects.all()) == 4


def test_a_county_sees_its_own_channels():
    fill()

    page = (
        officer(build.make_county())
        .get(reverse("supervision:channels"), {"month": "2026-10"})
        .context["page"]
    )

    assert [(line.channel, line.records) for line in page.channels] == [("api", 2), ("market", 1)]
    assert [line.share for line in page.channels] == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    assert (page.months[0].name, page.months[0].total) == ("2026-10", 3)


def test_the_province_sees_cities_and_opens_their_counties():
    fill()
    client = officer(build.make_province(), Role.PROVINCE_OFFICER)

    top = client.get(reverse("supervision:channels"), {"month": "2026-10"})
    city = client.get(reverse("supervision:channels"), {"month": "2026-10", "division": "370100"})

    assert [(line.name, line.total) for line in top.context["page"].places] == [("济南市", 4)]
    assert {(line.name, line.total) for line in city.context["page"].places} == {
        ("历下区", 3), ("市中区", 1),
    }  # fmt: skip


def test_another_countys_channels_do_not_exist():
    fill()

    page = officer(build.make_county()).get(reverse("supervision:channels"), {"division": "370103"})

    assert page.status_code == 404


def test_exports_what_the_page_shows():
    fill()

    answer = officer(build.make_county()).get(
        reverse("supervision:channels_export"), {"month": "2026-10"}
    )

    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    told = {(row[3], row[4]) for row in rows if row[0] == "2026-10"}
    assert told == {("接口上传", 2), ("菜场", 1)}


def test_prints_on_a4():
    fill()

    page = officer(build.make_county()).get(
        reverse("supervision:channels_print"), {"month": "2026-10"}
    )

    assert "历下区2026年10月渠道统计" in page.content.decode()


def test_the_page_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    fill()
    client = officer(build.make_province(), Role.PROVINCE_OFFICER)

    with django_assert_max_num_queries(11):
        client.get(reverse("supervision:channels"), {"month": "2026-10"})
