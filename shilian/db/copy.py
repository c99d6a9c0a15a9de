"""COPY through Django's own connection: many rows in one statement, inside its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from shilian.db.readonly import WriteDuringRead, may_write

# Types of (database, table): definitions change only with a migration and a restart.
_types: dict[tuple[str, str], dict[str, int]] = {}


def copy_rows(using: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write the rows and return how many there were; defaults of the database fill other columns.

    Values travel in PostgreSQL's binary form, so no text in them can be taken for a separator.
    Raises: what an INSERT would (IntegrityError, DataError), and then nothing was written.
    Cost: one statement, plus one look at the table's types per process.
    """
    if not may_write():
        raise WriteDuringRead(f"COPY {table}")
    connection = connections[using]
    with connection.cursor() as cursor:
        types = _column_types(cursor, str(connection.settings_dict["NAME"]), table)
        statement = _statement(table, tuple(columns))
        count = 0
        # Django's error classes, as for every other statement.
        with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            copy.set_types([types[column] for column in columns])
            for row in rows:
                copy.write_row(row)
                count += 1
    return count


@cache
def _statement(table: str, columns: tuple[str, ...]) -> bytes:
    """Composed once: for a single record it took longer than sending the row."""
    composed = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    return composed.as_bytes(None)


def _column_types(cursor: CursorWrapper, database: str, table: str) -> dict[str, int]:
    key = (database, table)
    if key not in _types:
        # Past Django's wrapper: a first look must not disturb a caller that counts its queries.
        found = cursor.cursor.execute(
            "SELECT attname, atttypid FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [f'"{table}"'],
        ).fetchall()
        _types[key] = {str(name): int(type_) for name, type_ in found}
    return _types[key]


def copy_lines(using: str, table: str, columns: Sequence[str], text: str) -> None:
    """Write rows that the caller has put in COPY's text form: tabs between, a newline after each.

    Where every row is built by one format string this takes half of the time of ``copy_rows``; the
    caller escapes backslashes, tabs and newlines.
    Raises: as ``copy_rows``.
    """
    if not may_write():
        raise WriteDuringRead(f"COPY {table}")
    connection = connections[using]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(statement) as copy,
    ):
        copy.write(text)
