from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import ProgrammingError, connection, connections

from shilian.db import ids
from shilian.db.partitions import Month, ensure_partitions, partitioned_tables

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)
OLD = date(2021, 3, 1)


@pytest.fixture
def ledger(transactional_db):
    """A small partitioned table with a DEFAULT partition and nothing else."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE TABLE ledger (id bigint PRIMARY KEY, note text NOT NULL) PARTITION BY RANGE (id)"
        )
        cursor.execute("CREATE INDEX ledger_note ON ledger (note)")
        cursor.execute("CREATE TABLE ledger_default PARTITION OF ledger DEFAULT")
    yield "ledger"
    connection.close()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE ledger")
        for table in partitioned_tables("owner"):
            cursor.execute(f"DROP TABLE IF EXISTS {Month(table, OLD).name}")


def place(at: datetime, note: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger VALUES (%s, %s)", [ids.lower_bound(at), note])


def homes() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT note, tableoid::regclass::text FROM ledger")
        return dict(cursor.fetchall())


def test_a_month_begins_at_midnight_in_shanghai():
    month = Month("ledger", date(2026, 11, 1))

    assert month.name == "ledger_y2026m11"
    assert ids.made_at(month.lower) == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert ids.made_at(month.upper) == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_a_row_of_a_month_that_does_not_exist_is_kept(ledger):
    place(datetime(2021, 3, 5, tzinfo=UTC), "早")

    assert homes() == {"早": "ledger_default"}


def test_making_the_month_moves_its_rows_out_of_default(ledger):
    place(datetime(2021, 3, 5, tzinfo=UTC), "三月")
    place(datetime(2021, 4, 5, tzinfo=UTC), "四月")

    made = ensure_partitions("owner", OLD, since=OLD)

    assert "ledger_y2021m03" in made
    assert homes() == {"三月": "ledger_y2021m03", "四月": "ledger_default"}


def test_making_it_again_makes_nothing(ledger):
    ensure_partitions("owner", OLD, since=OLD)

    assert ensure_partitions("owner", OLD, since=OLD) == []


def test_a_new_partition_has_the_parents_indexes(ledger):
    ensure_partitions("owner", OLD, since=OLD)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'ledger_y2021m03'")
        assert cursor.fetchone() == (2,)


def test_the_application_reaches_a_partition_only_through_its_parent(ledger):
    ensure_partitions("owner", OLD, since=OLD)

    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("SELECT * FROM ledger_y2021m03")


def test_every_record_table_has_this_months_partition_and_the_coming_ones():
    assert ensure_partitions("owner", date.today()) == []
    assert "traceability_purchase" in partitioned_tables("owner")
