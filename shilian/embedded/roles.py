"""The owner and the application role of the bundled database."""

from __future__ import annotations

import psycopg
from psycopg import sql

from shilian.embedded.postgres import Postgres

OWNER = "shilian_owner"
APPLICATION = "shilian_app"
DATABASE = "shilian"


def ensure_roles(postgres: Postgres) -> None:
    """Make both roles and the database where they are missing.

    The application role is no superuser and cannot bypass row security; it may read and write
    rows of what the owner makes, and change no definitions.
    """
    with postgres.connect() as connection:
        for role in (OWNER, APPLICATION):
            _ensure_role(connection, role)
        if not _exists(connection, "pg_database", "datname", DATABASE):
            create_database(connection, DATABASE)
    with postgres.connect(database=DATABASE) as connection:
        grant(connection, DATABASE)


def is_ready(postgres: Postgres) -> bool:
    """Whether the application role reaches its database."""
    if not postgres.answers():
        return False
    try:
        postgres.connect(user=APPLICATION, database=DATABASE).close()
    except psycopg.OperationalError:
        return False
    return True


def create_database(connection: psycopg.Connection, name: str, template: str = "template0") -> None:
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
        )
    )


def grant(connection: psycopg.Connection, database: str) -> None:
    """Give the application role its rights on what the owner has made and will make."""
    statements = (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {application}",
        "ALTER SCHEMA public OWNER TO {owner}",
        "GRANT USAGE ON SCHEMA public TO {application}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
        " GRANT USAGE, SELECT ON SEQUENCES TO {application}",
    )
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(OWNER),
        "application": sql.Identifier(APPLICATION),
    }
    for statement in statements:
        connection.execute(sql.SQL(statement).format(**names))


def _ensure_role(connection: psycopg.Connection, role: str) -> None:
    if not _exists(connection, "pg_roles", "rolname", role):
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE").format(
                sql.Identifier(role)
            )
        )


def _exists(connection: psycopg.Connection, catalogue: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(
        sql.Identifier(catalogue), sql.Identifier(column)
    )
    return connection.execute(query, [name]).fetchone() is not None
