from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from shilian.embedded import failures
from shilian.embedded.failures import EmbeddedFailure, reason
from shilian.embedded.layout import SOCKET_PATH_LIMIT, Layout
from shilian.embedded.locks import FileLock, held
from shilian.embedded.postgres import _explained
from shilian.embedded.roles import APPLICATION, DATABASE
from shilian.embedded.servers import Servers


def _directory(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """The watchdog of servers that were left may still look at its lock there when it goes.

    The suite removes the directory above when it ends.
    """
    return tempfile.TemporaryDirectory(
        prefix=prefix, dir=settings.DATA_DIR, ignore_cleanup_errors=True
    )


@pytest.fixture(scope="module")
def layout() -> Iterator[Layout]:
    """One small installation for the whole module: making a cluster takes a second."""
    with _directory("embedded-") as folder:
        yield Layout(Path(folder))


@pytest.fixture
def place() -> Iterator[Path]:
    with _directory("place-") as folder:
        yield Path(folder)


@pytest.fixture
def installation(layout: Layout) -> Iterator[Servers]:
    servers = Servers(layout, scratch=True)
    servers.enter()
    yield servers
    servers.stop()
    servers.leave()


def test_the_application_role_reaches_its_database(installation):
    with installation.postgres.connect(user=APPLICATION, database=DATABASE) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()

    assert row == (False, False)


def test_no_network_port_is_opened(installation):
    server = psutil.Process(installation.postgres.postmaster_id())
    listening = [c for c in server.net_connections("inet") if c.status == "LISTEN"]

    assert listening == []


def test_the_last_to_leave_stops_the_servers(layout):
    first, second = Servers(layout, scratch=True), Servers(layout, scratch=True)
    first.enter()
    second.enter()

    first.leave()
    assert second.postgres.answers()
    second.leave()
    assert not second.postgres.answers()
    assert not second.redis.answers()


def test_many_starters_share_one_server(layout):
    everyone = [Servers(layout, scratch=True) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(Servers.enter, everyone))

    assert all(servers.postgres.answers() for servers in everyone)
    everyone[0].stop()
    for servers in everyone:
        servers.leave()


def test_a_killed_server_is_started_again(installation):
    os.kill(installation.postgres.postmaster_id(), signal.SIGKILL)
    os.kill(installation.redis.server_id(), signal.SIGKILL)

    for _ in range(20):
        installation.tend()
        if installation.postgres.answers() and installation.redis.answers():
            break

    assert installation.postgres.answers()
    assert installation.redis.answers()


def test_a_pid_file_that_names_a_stranger_is_not_believed(installation):
    installation.stop()
    # After a reboot the number in the file belongs to some other process: here, to this test.
    pid_file = installation.layout.postgres / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{installation.layout.postgres}\n1\n5432\n\n\n\nready\n")
    (installation.layout.sockets / ".s.PGSQL.5432").touch()
    installation.layout.redis_socket.touch()

    installation.tend()

    assert installation.postgres.answers()
    assert installation.redis.answers()


def test_half_a_cluster_is_thrown_away(place):
    layout = Layout(place)
    draft = place / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    servers = Servers(layout, redis=False, scratch=True)

    servers.enter()

    assert servers.postgres.answers()
    servers.leave()


def test_a_long_path_gets_a_short_socket_folder(tmp_path):
    layout = Layout(tmp_path / ("长" * 40))

    assert len(bytes(layout.redis_socket)) <= SOCKET_PATH_LIMIT


def test_a_folder_that_is_a_file_is_refused_with_a_sentence(tmp_path):
    place = tmp_path / "var"
    place.write_text("")

    with pytest.raises(EmbeddedFailure, match="不能写入"):
        Servers(Layout(place)).enter()


def test_a_held_lock_keeps_others_out_until_its_holder_is_killed(tmp_path):
    path = tmp_path / "lock"
    program = f"""
import time
from pathlib import Path
from shilian.embedded.locks import FileLock
FileLock(Path({str(path)!r})).hold()
print("held", flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env={"PYTHONPATH": "."}
    ) as holder:
        holder.stdout.readline()
        lock = FileLock(path)
        assert not lock.try_hold()

        holder.kill()
        holder.wait()

        assert lock.try_hold()
        lock.release()


def test_a_lock_is_free_after_its_block(tmp_path):
    with held(tmp_path / "lock"):
        pass

    lock = FileLock(tmp_path / "lock")
    assert lock.try_hold()
    lock.release()


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "磁盘已满"), (errno.EACCES, "没有权限"), (errno.EROFS, "磁盘是只读的")],
)
def test_what_the_system_refuses_is_said_in_chinese(number, said):
    assert reason(OSError(number, os.strerror(number))) == said


def test_a_server_that_cannot_even_complain_has_a_full_disk(tmp_path, monkeypatch):
    assert "磁盘已满" not in _explained("", "内置数据库未能启动", tmp_path / "server.log")
    monkeypatch.setattr(failures, "SMALL_BYTES", 10**18)

    assert "磁盘已满" in _explained("", "内置数据库未能启动", tmp_path / "server.log")


def test_a_server_that_was_started_again_is_reported_once(installation):
    os.kill(installation.redis.server_id(), signal.SIGKILL)

    said = [installation.tend() for _ in range(20)]

    assert [sentence for sentence in said if sentence] == ["数据库或消息服务意外退出，已重新启动。"]
