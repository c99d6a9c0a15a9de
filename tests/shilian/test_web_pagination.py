from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from shilian.web.pagination import KeysetPage, paginate

pytestmark = pytest.mark.django_db
KEY = "-app_label,-model"


@pytest.fixture
def rows() -> QuerySet[ContentType]:
    pairs = [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("b", "3"), ("c", "1"), ("c", "2")]
    labels = [f"paged_{app}" for app, _ in pairs]
    ContentType.objects.bulk_create(
        [ContentType(app_label=f"paged_{app}", model=model) for app, model in pairs]
    )
    return ContentType.objects.filter(app_label__in=labels)


def opened(rows: QuerySet[ContentType], cursor: str = "", size: int = 3) -> KeysetPage[ContentType]:
    request = RequestFactory().get("/", {"cursor": cursor} if cursor else {})
    return paginate(rows, request, key=KEY, size=size)


def names(page: KeysetPage[ContentType]) -> list[str]:
    return [f"{row.app_label[-1]}{row.model}" for row in page]


def test_walks_to_the_end_and_back(rows: QuerySet[ContentType]) -> None:
    first = opened(rows)
    second = opened(rows, first.older)
    third = opened(rows, second.older)
    back = opened(rows, third.newer)
    start = opened(rows, back.newer)

    assert names(first) == ["c2", "c1", "b3"]
    assert names(second) == ["b2", "b1", "a2"]
    assert names(third) == ["a1"]
    assert names(back) == names(second)
    assert names(start) == names(first)


def test_the_ends_have_no_way_further(rows: QuerySet[ContentType]) -> None:
    first = opened(rows, size=5)
    last = opened(rows, first.older, size=5)
    start = opened(rows, last.newer, size=5)

    assert first.newer == ""
    assert last.older == ""
    assert start.newer == ""


def test_a_row_that_comes_in_meanwhile_shifts_nothing(rows: QuerySet[ContentType]) -> None:
    first = opened(rows)

    ContentType.objects.create(app_label="paged_c", model="9")

    assert names(opened(rows, first.older)) == ["b2", "b1", "a2"]


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0:abc", "\x00", "é" * 9])
def test_a_damaged_cursor_shows_the_first_page(rows: QuerySet[ContentType], cursor: str) -> None:
    assert names(opened(rows, cursor)) == ["c2", "c1", "b3"]


def test_a_cursor_of_another_list_is_refused(rows: QuerySet[ContentType]) -> None:
    other = paginate(rows, RequestFactory().get("/"), key="-id", size=3)

    assert names(opened(rows, other.older)) == ["c2", "c1", "b3"]


def test_one_query_and_no_count(
    rows: QuerySet[ContentType], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1) as asked:
        opened(rows)

    assert "COUNT" not in asked.captured_queries[0]["sql"]


def test_an_empty_list_is_an_empty_page(rows: QuerySet[ContentType]) -> None:
    page = opened(rows.none())

    assert not page
    assert (page.newer, page.older) == ("", "")
