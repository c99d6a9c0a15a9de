"""The public page of figures: only what was issued, and nobody's small cell."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.models import Division
from supervision.models import Bulletin, DivisionMonth
from supervision.queries.public_numbers import HIDDEN, public_numbers
from supervision.rollups import areas
from tests.builders.enterprises import make_city, make_county
from tests.builders.numbers import noon

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def issue(month: date = OCTOBER, state: str = Bulletin.State.PUBLISHED) -> None:
    Bulletin.objects.create(
        month=month, revision=1, state=state, figures={}, made_at=noon(month), made_by="平台"
    )


def tally(county: Division, *, registered: int, of: int, sector: int = 2) -> None:
    DivisionMonth.objects.create(
        division_id=county.pk,
        county_id=county.pk,
        month=OCTOBER,
        sector=sector,
        operator_count=of,
        registered_count=registered,
    )
    areas.sum_up([OCTOBER])


def county_of(code: str, name: str) -> Division:
    return make_county(code=f"{code[:4]}02", name="某区", city=make_city(code=code, name=name))


def test_says_nothing_before_the_bulletin_is_issued() -> None:
    tally(make_county(), registered=50, of=100)
    issue(state=Bulletin.State.DRAFT)

    assert public_numbers() is None
    assert "还没有公布的数字" in Client().get("/numbers/").content.decode()


def test_tells_everybody_the_issued_figures() -> None:
    tally(make_county(), registered=50, of=100)
    issue()

    text = Client().get("/numbers/").content.decode()

    assert "济南市" in text
    assert "50.0%" in text


def test_a_small_cell_and_the_one_that_would_tell_it_are_hidden() -> None:
    tally(make_county(), registered=50, of=100)
    tally(county_of("370200", "青岛市"), registered=97, of=100)
    tally(county_of("370300", "淄博市"), registered=60, of=120)
    issue()

    found = public_numbers()

    assert found is not None
    rates = {row.name: row.rate_texts[0] for row in found.cities}
    assert rates == {"济南市": HIDDEN, "青岛市": HIDDEN, "淄博市": "50.0%"}
    assert found.has_hidden
    assert "不足 5 户" in Client().get("/numbers/").content.decode()


def test_costs_a_fixed_number_of_queries_and_may_be_kept() -> None:
    tally(make_county(), registered=50, of=100)
    issue()

    with CaptureQueriesContext(connection) as queries:
        answer = Client().get("/numbers/")

    assert len(queries) <= 4
    assert "public" in answer["Cache-Control"]
