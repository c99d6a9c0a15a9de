from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import RequestFactory

from enterprises.models import Job
from shilian.db.readonly import (
    ReadOnlyGetMiddleware,
    WriteDuringRead,
    is_read,
    only_reads,
    writes_allowed,
)

AT = datetime(2026, 11, 5, tzinfo=UTC)


def make_job(request: object = None) -> HttpResponse:
    Job.objects.create(kind="any", created_at=AT)
    return HttpResponse("ok")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "  select updated_at, 'INSERT INTO x' FROM t",
        'WITH a AS (SELECT "DELETE FROM x" FROM t) SELECT * FROM a',
        "SAVEPOINT s1",
        "SET LOCAL statement_timeout = 5",
        "(SELECT 1) UNION (SELECT 2)",
    ],
)
def test_reads_are_let_through(statement):
    assert is_read(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (1)",
        "update t set a = 1",
        "DELETE FROM t",
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
        "WITH x AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM x",
        "TRUNCATE t",
        "DROP TABLE t",
        "COPY t FROM STDIN",
        "SELECT 1; DELETE FROM t",
        "SELECT * FROM t FOR UPDATE",
    ],
)
def test_writes_are_recognised(statement):
    assert not is_read(statement)


@pytest.mark.django_db
def test_a_get_that_writes_is_stopped_before_it_writes():
    with pytest.raises(WriteDuringRead), transaction.atomic():
        ReadOnlyGetMiddleware(make_job)(RequestFactory().get("/"))

    assert Job.objects.count() == 0


@pytest.mark.django_db
def test_a_post_may_write():
    ReadOnlyGetMiddleware(make_job)(RequestFactory().post("/"))

    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_an_exempted_block_may_write():
    with only_reads(), writes_allowed():
        make_job()

    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_the_guard_ends_with_the_block():
    with only_reads():
        Job.objects.count()

    make_job()
    assert Job.objects.count() == 1
