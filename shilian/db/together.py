"""Statements that follow on each other, sent to the database in one message.

An uploaded record takes a dozen small statements, and their ways there and back take longer than the
work itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import connection

from shilian.db.readonly import WriteDuringRead, is_read, may_write

Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """One statement with its values, in the order of its ``%s``; a percent sign of its own is doubled."""

    sql: str
    given: tuple[Any, ...] = ()


def execute_together(*statements: Statement) -> list[Rows]:
    """Execute them one after another; gives each one's rows, none for one that only writes.

    Each sees what those before it wrote, and what others have committed until then. Outside a
    transaction they are one of their own.
    Raises: what the first that fails raises; those behind it are not executed. WriteDuringRead.
    Cost: one round trip.
    """
    if not statements:
        return []
    # Whoever guards reads looks at how a message begins.
    if not may_write() and not all(is_read(each.sql) for each in statements):
        raise WriteDuringRead(statements[-1].sql[:200])
    found: list[Rows] = []
    with connection.cursor() as cursor:
        cursor.execute(
            ";\n".join(each.sql for each in statements),
            [value for each in statements for value in each.given],
        )
        while True:
            # Its description, asked for, would be made of an object for each column.
            found.append(cursor.fetchall() if cursor.pgresult.nfields else [])
            if not cursor.nextset():
                return found
