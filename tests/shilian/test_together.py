"""Statements in one message, long lists as one parameter, and single rows as INSERTs."""

import pytest
from django.db import DEFAULT_DB_ALIAS, DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from shilian.db import lists
from shilian.db.copy import inserting, text_value
from shilian.db.readonly import WriteDuringRead, only_reads
from shilian.db.together import Statement, execute_together

pytestmark = pytest.mark.django_db
COLUMNS = ["id", "said", "seal"]


@pytest.fixture
def table() -> str:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE told (id bigint, said text, seal bytea)")
    return "told"


def test_each_statement_gets_its_rows_in_one_query(table: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        found = execute_together(
            Statement("SELECT %s::int, '100%%'", (1,)),
            Statement("INSERT INTO told (id, said) VALUES (%s, %s)", (7, "a;b%s")),
            Statement("SELECT said FROM told WHERE id = %s", (7,)),
            Statement("SELECT 1 WHERE false"),
            Statement("UPDATE told SET said = 'c' RETURNING id"),
        )

    assert found == [[(1, "100%")], [], [("a;b%s",)], [], [(7,)]]
    assert len(captured) == 1
    assert execute_together() == []


def test_what_stands_behind_a_failure_is_not_executed(table: str) -> None:
    with pytest.raises(DataError), transaction.atomic():
        execute_together(
            Statement("INSERT INTO told (id) VALUES (1)"),
            Statement("SELECT %s::int", ("many",)),
            Statement("INSERT INTO told (id) VALUES (2)"),
        )

    assert execute_together(Statement("SELECT count(*) FROM told")) == [[(0,)]]


@pytest.mark.parametrize(
    "write", ["DELETE FROM told", "UPDATE told t SET id = 1", "TRUNCATE told", "DROP TABLE told"]
)
def test_a_write_behind_a_read_is_a_write(table: str, write: str) -> None:
    with only_reads(), pytest.raises(WriteDuringRead):
        execute_together(Statement("SELECT 1"), Statement(write))


def test_a_null_character_is_no_text(table: str) -> None:
    with pytest.raises(DataError):
        inserting(table, COLUMNS, "3\ta\x00b\t\\N\n")


@pytest.mark.parametrize(
    "said",
    [
        "特一粉",
        "O'Neil'; DROP TABLE told; --",
        "50%s off %",
        "a\\'b\\",
        "tab\tline\nreturn\r",
        "\\N",
        "",
    ],
)
def test_a_single_row_is_inserted_as_copy_would_write_it(table: str, said: str) -> None:
    line = f"3\t{text_value(said)}\t\\\\xff00\n"

    execute_together(inserting(table, COLUMNS, line), inserting(table, COLUMNS, "4\t\\N\t\\N\n"))

    assert execute_together(Statement("SELECT id, said, seal FROM told ORDER BY id")) == [
        [(3, said, b"\xff\x00"), (4, None, None)]
    ]
    assert connection.alias == DEFAULT_DB_ALIAS


@pytest.mark.parametrize(
    ("items", "arrives"),
    [
        ([], []),
        (["一", "二,{}\"'"], ["一", "二,{}\"'"]),
        (["一", f"二{lists.SEPARATOR}三"], ["一"]),
        (["", "一"], ["", "一"]),
        ([""], ["", ""]),
    ],
)
def test_a_list_of_texts_arrives_whole(items: list[str], arrives: list[str]) -> None:
    [[(found,)]] = execute_together(Statement(f"SELECT {lists.TEXTS}", (lists.texts(items),)))

    assert found == arrives


def test_a_list_of_numbers_arrives_whole() -> None:
    for numbers in ([], [1], [-5, 2**62]):
        asked = Statement(f"SELECT {lists.NUMBERS}", (lists.array(numbers),))
        assert execute_together(asked) == [[(numbers,)]]
