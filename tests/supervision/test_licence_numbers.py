"""证照有效率: counted at night by leaf division, on the spot for a station, frozen with the month."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enterprises.models import Licence, Operator, Sector
from supervision.models import LicenceMonth, MonthFreeze
from supervision.queries.month_facts import month_facts
from supervision.queries.tallies import Area
from supervision.rollups.licences import count_licences
from tests.builders.enterprises import make_county, make_station
from tests.builders.numbers import noon
from tests.supervision.views.bureau import MONTH, count_numbers, shop

pytestmark = pytest.mark.django_db
AT = noon(date(2026, 11, 10))
LAST = date(2026, 10, 31)


def licence(operator: Operator, until: date | None, *, kind: str = "JY", number: str = "1") -> None:
    Licence.objects.create(operator=operator, kind=kind, number=number, valid_until=until)


def counted(station_id: int | None = None, sector: Sector | None = None) -> tuple[int, int]:
    """Valid and licensed, after the night."""
    count_licences(MONTH, at=AT)
    found = month_facts(Area(make_county().path, station_id), [MONTH], sector).licences[MONTH]
    return found["licence_valid_count"], found["licensed_count"]


@pytest.mark.parametrize(
    ("until", "valid"),
    [(LAST, 1), (LAST - timedelta(days=1), 0), (LAST + timedelta(days=1), 1), (None, 1)],
)
def test_a_licence_is_valid_through_its_last_day(until: date | None, valid: int) -> None:
    operator = shop()
    Licence.objects.filter(operator=operator).delete()
    licence(operator, until)
    count_numbers()

    assert counted() == (valid, 1)


def test_a_renewed_licence_counts_by_its_successor_and_every_kind_must_be_valid() -> None:
    renewed, half = shop(), shop()
    Licence.objects.all().delete()
    licence(renewed, date(2025, 1, 1), number="旧")
    licence(renewed, date(2030, 1, 1), number="新")
    licence(half, date(2030, 1, 1), number="2")
    licence(half, date(2026, 1, 1), kind="SC", number="3")
    count_numbers()

    assert counted() == (1, 2)


def test_who_has_no_licence_on_file_is_not_asked() -> None:
    shop()
    Licence.objects.all().delete()
    count_numbers()

    assert counted() == (0, 0)


def test_a_station_counts_its_own_and_a_link_its_own() -> None:
    station = make_station()
    own, other = shop(station=station), shop()
    Licence.objects.all().delete()
    licence(own, date(2030, 1, 1))
    licence(other, date(2020, 1, 1), number="2")
    count_numbers()

    assert counted() == (1, 2)
    assert counted(station.pk) == (1, 1)
    assert counted(sector=Sector.CATERING) == (0, 0)


def test_a_frozen_month_stays_as_it_is() -> None:
    operator = shop()
    Licence.objects.all().delete()
    licence(operator, date(2030, 1, 1))
    count_numbers()
    before = counted()
    MonthFreeze.objects.create(month=MONTH, frozen_at=AT, frozen_by="平台", operator_count=1)
    Licence.objects.update(valid_until=date(2020, 1, 1))

    assert count_licences(MONTH, at=AT) == 0
    assert counted() == before == (1, 1)
    assert list(LicenceMonth.objects.values_list("licensed_count", flat=True)) == [1] * 4
    assert month_facts(Area(make_county().path), [MONTH]).is_frozen
