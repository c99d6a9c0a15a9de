"""What a killed run leaves behind: nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from shilian.embedded.layout import Layout
from shilian.embedded.leash import leashed
from shilian.embedded.servers import Servers

linux = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")

# Starts servers of its own below a scratch folder, as a benchmark does, and waits to be killed.
RUN = """
import sys, time
from pathlib import Path
from shilian.embedded import watchdog
from shilian.embedded.layout import Layout
from shilian.embedded.servers import Servers
layout = Layout(Path(sys.argv[1]))
servers = Servers(layout, scratch=True)
servers.enter()
if "keep" not in sys.argv:
    watchdog.watch(layout, remove=True)
print(servers.postgres.postmaster_id(), servers.redis.server_id(), flush=True)
time.sleep(600)
"""


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Whether it does nothing any more; in a container nobody may come to bury it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SHILIAN_", "PYTEST_"))}
    return kept | more


def run(folder: Path, *flags: str) -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen(
        leashed([sys.executable, "-c", RUN, str(folder), *flags]),
        cwd=settings.BASE_DIR,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, [int(word) for word in process.stdout.readline().split()]


@pytest.fixture
def place() -> Iterator[Path]:
    """Below the session's folder: pytest closes its own to the account PostgreSQL runs under."""
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, ignore_cleanup_errors=True) as name:
        yield Path(name)


@linux
def test_a_child_ends_with_its_killed_parent():
    child = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]
    program = f"""
import subprocess, time
from shilian.embedded.leash import leashed
from shilian.embedded.servers import Servers
child = subprocess.Popen(leashed({child!r}), stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        leashed([sys.executable, "-c", program]),
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        pid = int(parent.stdout.readline())
        assert not is_gone(pid)

        parent.kill()

        until(lambda: is_gone(pid))


@linux
def test_a_child_whose_parent_is_gone_already_does_not_start():
    command = leashed([sys.executable, "-c", "print('started')"])
    command[command.index(str(os.getpid()))] = "1"

    answer = subprocess.run(command, check=False, capture_output=True, text=True)

    assert answer.returncode == 1
    assert answer.stdout == ""


def test_a_killed_run_takes_its_servers_and_its_folder_along(place):
    folder = place / "scratch"
    process, servers = run(folder)
    assert not any(map(is_gone, servers))

    process.kill()
    process.communicate()

    until(lambda: all(map(is_gone, servers)) and not folder.exists())


def test_a_killed_run_keeps_the_data_that_is_not_scratch(place):
    process, servers = run(place / "var", "keep")

    process.kill()
    process.communicate()

    until(lambda: all(map(is_gone, servers)))
    assert (Layout(place / "var").postgres / "PG_VERSION").exists()


def test_the_servers_stay_while_somebody_else_uses_them(place):
    first, servers = run(place / "var", "keep")
    second, same = run(place / "var", "keep")
    assert same == servers

    first.kill()
    first.communicate()
    time.sleep(1)
    assert not any(map(is_gone, servers))
    second.kill()
    second.communicate()

    until(lambda: all(map(is_gone, servers)))


@linux
def test_killed_tests_end_their_workers_servers_and_folder(tmp_path):
    tests = subprocess.Popen(
        leashed([sys.executable, "-m", "pytest", "-n", "2", "tests/shilian/endless.py"]),
        cwd=settings.BASE_DIR,
        env=environment(ENDLESS_NOTES=str(tmp_path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: len(list(tmp_path.glob("*.done"))) == 2, 300)
    found = [note.read_text().split() for note in tmp_path.glob("*.done")]
    workers, folder = [int(pid) for pid, _ in found], Path(found[0][1])
    servers = Servers(Layout(folder))
    pids = [*workers, servers.postgres.postmaster_id(), servers.redis.server_id()]
    assert not any(map(is_gone, pids))

    tests.kill()
    tests.wait()

    until(lambda: all(map(is_gone, pids)) and not folder.exists())
