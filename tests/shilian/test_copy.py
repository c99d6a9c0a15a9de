from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction
from psycopg.types.json import Jsonb

from shilian.db.copy import copy_lines, copy_rows, value_text
from shilian.db.readonly import WriteDuringRead, only_reads

COLUMNS = ["id", "name", "weight", "on_day", "at", "data", "tags", "raw", "extra"]
AWKWARD = "制表\t换行\n反斜\\N引号\"'百分%s\u3000𠮷"


@pytest.fixture
def table(transactional_db):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE TABLE copied (id bigint PRIMARY KEY, name varchar(60), weight numeric(12,3),"
            " on_day date, at timestamptz, data jsonb, tags varchar(8)[], raw bytea,"
            " extra text DEFAULT 'x')"
        )
    yield "copied"
    connection.close()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE copied")


def a_row(id_: int, name: str = "名") -> list[object]:
    at = datetime(2026, 11, 5, 4, tzinfo=UTC)
    return [
        id_,
        name,
        Decimal("1.250"),
        date(2026, 11, 5),
        at,
        {"键": [1]},
        ["甲"],
        b"\0\xff",
        None,
    ]


def rows_of(table: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM {table} ORDER BY id")
        return cursor.fetchall()


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_every_type_comes_back_as_it_went_in(table):
    count = copy_rows("default", table, COLUMNS, [a_row(1, AWKWARD), a_row(2)])

    assert count == 2
    first = rows_of(table)[0]
    assert first[1:5] == (
        AWKWARD,
        Decimal("1.250"),
        date(2026, 11, 5),
        datetime(2026, 11, 5, 4, tzinfo=UTC),
    )
    assert bytes(first[7]) == b"\0\xff"
    assert first[6] == ["甲"]


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_columns_left_out_take_their_defaults(table):
    copy_rows("default", table, ["id"], [[7]])

    assert rows_of(table)[0][0] == 7
    assert rows_of(table)[0][-1] == "x"


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_one_bad_row_writes_none(table):
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows("default", table, COLUMNS, [a_row(1), a_row(1)])

    assert rows_of(table) == []


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_it_is_part_of_the_transaction(table):
    with transaction.atomic():
        copy_rows("default", table, COLUMNS, [a_row(1)])
        transaction.set_rollback(True)

    assert rows_of(table) == []


@pytest.mark.django_db
def test_it_is_refused_while_reading():
    with only_reads(), pytest.raises(WriteDuringRead):
        copy_rows("default", "enterprises_job", ["id"], [[1]])


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_lines_of_text_come_back_as_they_went_in(table):
    row = a_row(1, AWKWARD)
    row[5], row[6] = Jsonb({"键": [1, AWKWARD]}), ["a_1", "b-2"]

    copy_lines("default", table, COLUMNS, ["\t".join(map(value_text, row)) + "\n"])

    [stored] = rows_of(table)
    assert stored[1:5] == (AWKWARD, row[2], row[3], row[4])
    assert (stored[6], bytes(stored[7]), stored[8]) == (row[6], row[7], None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data->'键'->>1 FROM copied")
        assert cursor.fetchone() == (AWKWARD,)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_lines_are_not_written_while_only_reading(table):
    with only_reads(), pytest.raises(WriteDuringRead):
        copy_lines("default", table, COLUMNS, ["1\n"])

    assert rows_of(table) == []


@pytest.mark.parametrize("value", [["含,逗号"], ["{"], ['"'], [""]])
def test_items_that_need_quotes_are_refused(value):
    with pytest.raises(ValueError, match="no plain items"):
        value_text(value)


def test_a_type_that_stands_in_no_row_is_refused():
    with pytest.raises(TypeError, match="set stands in no row"):
        value_text({1})
