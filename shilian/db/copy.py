"""COPY through Django's own connection: many rows in one statement, inside its transaction."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, LiteralString

from django.db import DataError, connections
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from psycopg.types.json import Jsonb

from shilian.ahead import do_a_little
from shilian.db.readonly import WriteDuringRead, may_write
from shilian.db.together import Statement

LINES_AT_ONCE = 250
# So many rows are better sent ``inserting``, along with other statements; more are worth a COPY.
FEW = 2
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
        statement = _statement(table, tuple(columns), "BINARY")
        count = 0
        # Django's error classes, as for every other statement.
        with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            copy.set_types([types[column] for column in columns])
            for row in rows:
                copy.write_row(row)
                count += 1
    return count


@cache
def _statement(table: str, columns: tuple[str, ...], form: LiteralString) -> bytes:
    """Composed once: for a single record it took longer than sending the row."""
    composed = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(form)
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


def copy_lines(using: str, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Write rows in COPY's text form: tabs between the values, a newline after each row.

    Where rows are built by one format string this takes half of the time of ``copy_rows``; values
    come from ``value_text``. Lines still being made are sent meanwhile, some at a time.
    Raises: as ``copy_rows``.
    """
    if not may_write():
        raise WriteDuringRead(f"COPY {table}")
    connection = connections[using]
    statement = _statement(table, tuple(columns), "TEXT")
    coming = iter(lines)
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.cursor.copy(statement) as copy,
    ):
        while block := "".join(islice(coming, LINES_AT_ONCE)):
            copy.write(block)
            do_a_little()


def inserting(table: str, columns: Sequence[str], line: str) -> Statement:
    """One such line as an INSERT, to be sent along with other statements.

    COPY of a single row takes two more round trips than the row is worth.
    Raises: DataError for a character that no text of the database can hold.
    """
    if "\x00" in line:
        raise DataError("a null character")
    values = ", ".join(map(_literal, line[:-1].split("\t"))).replace("%", "%%")
    return Statement(f"{_insert_into(table, tuple(columns))} VALUES ({values})")


@cache
def _insert_into(table: str, columns: tuple[str, ...]) -> str:
    named = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({named})'


def _literal(value: str) -> str:
    """A value of COPY's text form as a literal: its escapes mean the same in both."""
    return "NULL" if value == r"\N" else "E'" + value.replace("'", "''") + "'"


# What COPY's text form takes for a separator or for the end of its data.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def text_value(text: str) -> str:
    """The text as COPY's text form has it."""
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def _bytes_value(value: bytes) -> str:
    return f"\\\\x{value.hex()}"


def _json_value(value: Jsonb) -> str:
    said = (value.dumps or json.dumps)(value.obj)
    return text_value(said if isinstance(said, str) else said.decode())


def _list_value(values: Sequence[str | int]) -> str:
    """An array; its texts are codes without quotes, which would need more care."""
    said = [str(value) for value in values]
    if any(not _PLAIN_ITEM.fullmatch(each) for each in said):
        raise ValueError(f"no plain items: {said}")
    return f"{{{','.join(said)}}}"


_PLAIN_ITEM = re.compile(r"[A-Za-z0-9_.:-]+")


class _Values(dict[type, Callable[[Any], str]]):
    """How a value of each type is written; kinds of text (the models' choices) as the text."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        if not issubclass(kind, str):
            raise TypeError(f"{kind.__name__} stands in no row")
        self[kind] = text_value
        return text_value


_VALUES = _Values(
    {
        int: str,
        bool: "ft".__getitem__,
        type(None): r"\N".format,
        Decimal: str,
        date: date.isoformat,
        datetime: datetime.isoformat,
        bytes: _bytes_value,
        Jsonb: _json_value,
        list: _list_value,
    }
)


def value_text(value: Any) -> str:
    """The value as COPY's text form has it. Raises: TypeError for a type that no row holds."""
    return _VALUES[type(value)](value)
