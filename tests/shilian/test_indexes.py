"""A migration of indexes that failed anywhere is mended by running it again."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connections
from django.db.migrations.executor import MigrationExecutor

from tests.builders.enterprises import make_operator

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)
MIGRATION = ("enterprises", "0005_find_and_list_operators")
MADE = {
    "operator_county_latest",
    "operator_station_latest",
    "operator_division_latest",
    "operator_name_characters",
    "operator_pinyin_prefix",
}
FOREIGN_KEYS = (
    "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated"
    " AND conrelid = 'enterprises_operator'::regclass"
)


def run(sql: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)


def value(sql: str) -> object:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row and row[0]


def indexes(*, are_valid: bool = True) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = 'enterprises_operator'::regclass AND indisvalid = %s",
            [are_valid],
        )
        return {name for (name,) in cursor.fetchall()}


def migrate(*, backwards: bool = False) -> None:
    """Run the steps of the migration against the database as it stands."""
    loader = MigrationExecutor(connections["owner"]).loader
    before = loader.project_state([("enterprises", "0004_operator_changes")])
    migration = loader.get_migration(*MIGRATION)
    with connections["owner"].schema_editor(atomic=False) as editor:
        (migration.unapply if backwards else migration.apply)(before, editor)


def test_run_again_it_makes_what_is_missing_and_invalid() -> None:
    before, keys = indexes(), value(FOREIGN_KEYS)
    run("DROP INDEX operator_station_latest, operator_county_latest")
    for _ in range(2):
        make_operator()
    # A CREATE INDEX CONCURRENTLY that fails leaves an invalid index of that name.
    with pytest.raises(IntegrityError):
        run(
            "CREATE UNIQUE INDEX CONCURRENTLY operator_county_latest"
            " ON enterprises_operator (county_id)"
        )
    run("CREATE INDEX left_of_the_key ON enterprises_operator (county_id)")
    assert indexes(are_valid=False) == {"operator_county_latest"}

    migrate()

    assert indexes() == before
    assert before >= MADE
    assert indexes(are_valid=False) == set()
    assert value(FOREIGN_KEYS) == keys


def test_it_can_be_taken_back() -> None:
    before, keys = indexes(), value(FOREIGN_KEYS)

    migrate(backwards=True)
    back = indexes()
    migrate()

    assert not MADE & back
    assert {"operator_county_state", "operator_station", "operator_division"} <= back
    assert indexes() == before
    assert value(FOREIGN_KEYS) == keys
