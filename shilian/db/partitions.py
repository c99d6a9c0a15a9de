"""Record tables are range-partitioned by their time-ordered id, one partition a month.

A DEFAULT partition catches what no month holds yet, so a write is never lost; making the month
later moves those rows into it. Months begin at midnight in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import CreateModel
from django.db.migrations.state import ProjectState
from django.db.models import Model
from psycopg import sql

from shilian import clock
from shilian.db import ids, indexes
from shilian.db.indexes import MakeIndex

# The months made ahead by the daily task; two missed months still cost nothing.
MONTHS_AHEAD = 3
# Archives and the demonstration bring in records with the moment they were first received.
MONTHS_BEHIND = 6
LOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Month:
    """One table's partition of one month: the ids in [lower, upper)."""

    table: str
    first: date

    @property
    def name(self) -> str:
        return f"{self.table}_y{self.first.year}m{self.first.month:02d}"

    @property
    def lower(self) -> int:
        return ids.lower_bound(clock.start_of(self.first))

    @property
    def upper(self) -> int:
        return ids.lower_bound(clock.start_of(clock.next_month(self.first)))


class CreatePartitionedModel(CreateModel):
    """``CreateModel`` for a record table: partitioned by range of id, with its DEFAULT partition.

    Indexes and constraints of ``Meta`` are made on the parent and so on every partition; a unique
    one must contain ``id``.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f'{plain} PARTITION BY RANGE ("{model._meta.pk.column}")'
        try:
            schema_editor.create_model(model)
        finally:
            schema_editor.sql_create_table = plain
        _make_default(schema_editor, model._meta.db_table)


class MakePartitionedIndex(MakeIndex):
    """An index of a partitioned table, made one partition after the other without a lock.

    PostgreSQL makes none concurrently on the parent, so the parent's index begins empty, each
    partition's is made beside its writers, and the parent's becomes valid with the last of them.
    Run again after a failure, it goes on where it was.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        table, using = model._meta.db_table, schema_editor.connection.alias
        if indexes.validity(schema_editor, self.index.name) is None:
            self._make_one(schema_editor, model, self.index.name, f"ONLY {_name(table)}")
        while partitions := _without_index(using, table, self.index.name):
            self._make_part(schema_editor, model, partitions[0])

    def _make_part(
        self, schema_editor: BaseDatabaseSchemaEditor, model: type[Model], partition: str
    ) -> None:
        name = f"{partition}_{self.index.name}"
        is_valid = indexes.validity(schema_editor, name)
        if is_valid is False:
            indexes.drop(schema_editor, name)
        if not is_valid:
            self._make_one(schema_editor, model, name, _name(partition), concurrently=True)
        schema_editor.execute(
            f"ALTER INDEX {_name(self.index.name)} ATTACH PARTITION {_name(name)}"
        )

    def _make_one(
        self,
        schema_editor: BaseDatabaseSchemaEditor,
        model: type[Model],
        name: str,
        table: str,
        *,
        concurrently: bool = False,
    ) -> None:
        statement: Any = self.index.create_sql(model, schema_editor, concurrently=concurrently)
        statement.parts |= {"name": _name(name), "table": table}
        schema_editor.execute(statement, params=None)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        # No partition's index can be dropped alone, nor the parent's concurrently: an instant's lock.
        schema_editor.execute(f"DROP INDEX IF EXISTS {_name(self.index.name)}")


def _without_index(using: str, table: str, index: str) -> list[str]:
    """The partitions of the table that the index does not cover yet."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT part.relname FROM pg_inherits i JOIN pg_class part ON part.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s) AND NOT EXISTS ("
            "  SELECT FROM pg_inherits ix JOIN pg_index made ON made.indexrelid = ix.inhrelid"
            "  WHERE ix.inhparent = to_regclass(%s) AND made.indrelid = part.oid)"
            " ORDER BY 1",
            [_name(table), _name(index)],
        )
        return [name for (name,) in cursor.fetchall()]


def _name(name: str) -> str:
    return sql.Identifier(name).as_string(None)


def ensure_partitions(using: str, until: date, *, since: date | None = None) -> list[str]:
    """Make every missing month from ``since`` (this month) to the one that contains ``until``.

    Rows that lie in the DEFAULT partition meanwhile move into their month.
    Returns: the names of the partitions made.
    """
    existing = _partitions(using)
    wanted = [
        Month(table, first)
        for table in partitioned_tables(using)
        for first in _months(since or clock.today(), until)
    ]
    missing = [month for month in wanted if month.name not in existing]
    for month in missing:
        _make(using, month)
    return [month.name for month in missing]


def partitioned_tables(using: str) -> list[str]:
    """The range-partitioned tables of the database, by name."""
    return _names(
        using,
        "SELECT relname FROM pg_partitioned_table JOIN pg_class ON oid = partrelid"
        " WHERE partstrat = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
    )


def default_partition(table: str) -> str:
    return f"{table}_default"


def _partitions(using: str) -> set[str]:
    return set(
        _names(
            using,
            "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON oid = inhrelid",
        )
    )


def _names(using: str, query: str) -> list[str]:
    with connections[using].cursor() as cursor:
        cursor.execute(query)
        return [name for (name,) in cursor.fetchall()]


def _months(since: date, until: date) -> Iterator[date]:
    month = clock.month_of(since)
    while month <= until:
        yield month
        month = clock.next_month(month)


def _make(using: str, month: Month) -> None:
    """Make the month beside its table, fill it from DEFAULT, and attach it.

    Attaching lets readers and writers of the other months go on; creating it in place would not.
    """
    names = _quoted(parent=month.table, part=month.name, rest=default_partition(month.table)) | {
        "lower": sql.Literal(month.lower),
        "upper": sql.Literal(month.upper),
    }
    statements = (
        f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'",
        "CREATE TABLE {part} (LIKE {parent} INCLUDING ALL)",
        # Nobody may add to DEFAULT between the move and the attachment.
        "LOCK TABLE {rest} IN ACCESS EXCLUSIVE MODE",
        "WITH moved AS (DELETE FROM {rest} WHERE id >= {lower} AND id < {upper} RETURNING *)"
        " INSERT INTO {part} SELECT * FROM moved",
        "ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES FROM ({lower}) TO ({upper})",
        *_closed_to_the_application("{part}", names),
    )
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))


def _make_default(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    names = _quoted(parent=table, rest=default_partition(table))
    statements = (
        "CREATE TABLE {rest} PARTITION OF {parent} DEFAULT",
        *_closed_to_the_application("{rest}", names),
    )
    for statement in statements:
        text = sql.SQL(statement).format(**names).as_string(None)
        schema_editor.execute(text, params=None)


def _closed_to_the_application(part: str, names: dict[str, Any]) -> tuple[str, ...]:
    """Partitions are reached through their parent alone: its row policies do not cover them."""
    application = settings.DATABASES["default"]["USER"]
    if application == settings.DATABASES["owner"]["USER"]:
        return ()
    names["application"] = sql.Identifier(application)
    return (f"REVOKE ALL ON {part} FROM {{application}}",)


def _quoted(**names: str) -> dict[str, Any]:
    return {key: sql.Identifier(name) for key, name in names.items()}
