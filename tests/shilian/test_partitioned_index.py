"""An index of a partitioned table is made part by part, and after any failure once more."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connections
from django.db.migrations.executor import MigrationExecutor

from tests.builders.traceability import make_purchase

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)
NUMBERS = ("traceability", "0008_find_batches_by_number")
LINKS = ("traceability", "0005_walk_links")
INDEX = "batch_number_known"


def run(sql: str) -> list[tuple[object, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def indexes() -> dict[str, bool]:
    """The index and its parts, each with whether it may be used."""
    rows = run(
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        f" WHERE c.relname LIKE '%batch_number_known%' OR c.relname LIKE '%{INDEX}%'"
    )
    return {str(name): bool(is_valid) for name, is_valid in rows}


def parts() -> set[object]:
    found = run(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'traceability_batch'::regclass"
    )
    return {name for (name,) in found}


def covered() -> set[object]:
    """The partitions that have a part of the index."""
    found = run(
        "SELECT made.indrelid::regclass::text FROM pg_inherits i"
        " JOIN pg_index made ON made.indexrelid = i.inhrelid"
        f" WHERE i.inhparent = '{INDEX}'::regclass AND made.indisvalid"
    )
    return {name for (name,) in found}


def migrate(name: tuple[str, str], *, backwards: bool = False) -> None:
    """Run the steps of the migration against the database as it stands."""
    loader = MigrationExecutor(connections["owner"]).loader
    migration = loader.get_migration(*name)
    before = loader.project_state(migration.dependencies)
    with connections["owner"].schema_editor(atomic=False) as editor:
        (migration.unapply if backwards else migration.apply)(before, editor)


def definition(name: str) -> object:
    [(text,)] = run(f"SELECT pg_get_indexdef('{name}'::regclass)")
    return text


def test_it_is_made_again_from_nothing() -> None:
    before = definition(INDEX)
    run(f"DROP INDEX {INDEX}")

    migrate(NUMBERS)

    assert definition(INDEX) == before
    assert covered() == parts()
    assert indexes()[INDEX]


def test_run_again_it_goes_on_where_it_failed() -> None:
    run(f"DROP INDEX {INDEX}")
    for _ in range(2):
        make_purchase(batch_number="L-7")
    run(
        f"CREATE INDEX {INDEX} ON ONLY traceability_batch (batch_number varchar_pattern_ops)"
        " WHERE NOT (batch_number = '')"
    )
    holder = run("SELECT tableoid::regclass::text FROM traceability_batch LIMIT 1")[0][0]
    # A CREATE INDEX CONCURRENTLY that fails leaves an invalid index of that name.
    with pytest.raises(IntegrityError):
        run(f"CREATE UNIQUE INDEX CONCURRENTLY {holder}_{INDEX} ON {holder} (batch_number)")
    assert indexes() == {INDEX: False, f"{holder}_{INDEX}": False}

    migrate(NUMBERS)
    migrate(NUMBERS)

    assert covered() == parts()
    assert set(indexes().values()) == {True}


def test_the_index_of_numbers_can_be_taken_back() -> None:
    migrate(NUMBERS, backwards=True)
    taken = indexes()
    migrate(NUMBERS)

    assert taken == {}
    assert covered() == parts()


@pytest.mark.parametrize("left", ["", "invalid", "old"])
def test_the_index_of_links_takes_its_new_form_whatever_was_left(left: str) -> None:
    before = definition("link_onward")
    run("DROP INDEX link_onward")
    if left == "old":
        run("CREATE INDEX link_onward ON traceability_link (parent_id)")
    if left == "invalid":
        run(
            "INSERT INTO traceability_link (child_id, parent_id, kind, quantity)"
            " VALUES (1, 9, 'transfer', 1), (2, 9, 'transfer', 1)"
        )
        with pytest.raises(IntegrityError):
            run("CREATE UNIQUE INDEX CONCURRENTLY link_onward ON traceability_link (parent_id)")

    migrate(LINKS)

    assert definition("link_onward") == before
    assert run("SELECT * FROM walk_links(ARRAY[5]::bigint[], true, 3, 10, 10)") == []
