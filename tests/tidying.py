"""What a test that commits leaves behind goes; the data that migrations loaded comes back.

Django would empty every table after such a test, the reviewed reference data too, and whatever
runs next would find thresholds and goods classes missing. Here only the tables that changed are
touched, so any order of the tests works, and it takes a small part of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg import Connection, sql

ORDINARY_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " ORDER BY relname"
)


class Tidier:
    """Knows the rows that a fresh database begins with, and brings it back to them."""

    def __init__(self, connect: Callable[[], Connection[Any]]) -> None:
        self._connect = connect
        with connect() as connection:
            self._fresh = {
                table: _contents(connection, table)
                for table in _filled(connection, _all(connection))
            }

    def tidy(self) -> None:
        """Undo every committed change of rows. Cost: one connection, three queries and the rows."""
        with self._connect() as connection, connection.transaction():
            # Rows go without their triggers and in any order; only the superuser may.
            connection.execute("SET LOCAL session_replication_role = replica")
            tables = _all(connection)
            _await_writers(connection, tables)
            for table in _filled(connection, tables) | self._fresh.keys():
                self._restore(connection, table)

    def _restore(self, connection: Connection[Any], table: str) -> None:
        fresh = self._fresh.get(table, b"")
        if fresh and _contents(connection, table) == fresh:
            return
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        if fresh:
            command = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
            with connection.cursor() as cursor, cursor.copy(command) as copy:
                copy.write(fresh)


def _all(connection: Connection[Any]) -> list[str]:
    return [name for (name,) in connection.execute(ORDINARY_TABLES)]


def _filled(connection: Connection[Any], tables: list[str]) -> set[str]:
    """Those of the tables that have a row."""
    asked = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
        for name in tables
    ]
    return {name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(asked))}


def _await_writers(connection: Connection[Any], tables: list[str]) -> None:
    """A server's thread may still be writing for a page that was just closed."""
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(names))


def _contents(connection: Connection[Any], table: str) -> bytes:
    command = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        return b"".join(bytes(block) for block in copy)
