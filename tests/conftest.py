"""Servers for the tests: one bundled PostgreSQL and Redis for the whole run, made when first asked.

Each worker gets its own database, cloned from one that was migrated once.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase
from psycopg import sql
from redis import Redis

from shilian.embedded import roles, watchdog
from shilian.embedded.leash import die_with_parent
from shilian.embedded.locks import FileLock, held
from shilian.embedded.servers import Servers
from tests.tidying import Tidier

pytest_plugins = ["tests.browser"]
TEMPLATE = "test_template"
# An example that takes long on a busy machine is no counterexample.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def servers() -> Servers:
    """Both servers, running until the process that began the run ends."""
    running = Servers(settings.LAYOUT, scratch=True)
    running.enter()
    return running


@pytest.fixture(scope="session")
def django_db_setup(servers: Servers, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A migrated database of this worker's own; the application role may also truncate in it."""
    name = f"test_{settings.WORKER}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        with held(settings.LAYOUT.locks / "template"):
            _ensure_template(servers)
            _clone(servers, name)
        _point_at(name)
        tidier = Tidier(lambda: servers.postgres.connect(database=name))
    with pytest.MonkeyPatch.context() as patch:
        # Called after every test whose transactions are real, and only after those.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: tidier.tidy())
        yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connections.close_all()


def pytest_configure(config: pytest.Config) -> None:
    """A run that is killed takes its workers, its servers and its folder with it."""
    if settings.WORKER != "main":
        die_with_parent()
    elif _owns_folder():
        FileLock(settings.LAYOUT.alive).share()
        watchdog.watch(settings.LAYOUT, remove=True)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the collector from walking thousands of collected tests again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that made the folder removes it when every worker is gone."""
    if _owns_folder():
        leftover = Servers(settings.LAYOUT, scratch=True)
        leftover.stop()
        shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


def _owns_folder() -> bool:
    return os.environ.get("SHILIAN_TEST_OWNER") == str(os.getpid())


def _ensure_template(servers: Servers) -> None:
    """Migrate once; the finished template carries its final name, half a one does not."""
    with servers.postgres.connect() as connection:
        if _exists(connection, TEMPLATE):
            return
        draft = f"{TEMPLATE}_draft"
        connection.execute(f"DROP DATABASE IF EXISTS {draft}")
        roles.create_database(connection, draft)
        with servers.postgres.connect(database=draft) as inside:
            roles.grant(inside, draft)
            # Emptying tables between tests is a right the platform itself does not have.
            inside.execute(
                f"ALTER DEFAULT PRIVILEGES FOR ROLE {roles.OWNER} IN SCHEMA public"
                f" GRANT TRUNCATE ON TABLES TO {roles.APPLICATION}"
            )
        _point_at(draft)
        call_command("migrate", interactive=False, verbosity=0, database="owner")
        call_command("roll_partitions", verbosity=0)
        connections.close_all()
        connection.execute(f"ALTER DATABASE {draft} RENAME TO {TEMPLATE}")


def _clone(servers: Servers, name: str) -> None:
    with servers.postgres.connect() as connection:
        quoted = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))
        roles.create_database(connection, name, template=TEMPLATE)


def _exists(connection: object, name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return connection.execute(query, [name]).fetchone() is not None  # type: ignore[attr-defined]


def _point_at(name: str) -> None:
    connections.close_all()
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def _redis() -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_redis(_redis: Redis) -> None:
    """No test finds what another one cached or queued."""
    if settings.LAYOUT.redis_socket.exists():
        _redis.flushdb()


@pytest.fixture
def child_environment() -> dict[str, str]:
    """For a process that a test starts: the same servers and the same database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SHILIAN_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "SHILIAN_TEST_REDIS": settings.REDIS_NUMBER,
        "PYTHONWARNINGS": "ignore",
    }


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "var"
