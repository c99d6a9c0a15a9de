from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from shilian.embedded import supervisor as supervisors
from shilian.embedded.processes import Process
from shilian.embedded.supervisor import Supervisor, end_orphans

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(tmp_path: Path, said: list[str]) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make_supervisor(command: tuple[str, ...] = SLEEPER) -> Supervisor:
        found = Supervisor(
            [Process("one", "网页服务", command)],
            logs=tmp_path,
            record=tmp_path / "children.json",
            say=said.append,
        )
        made.append(found)
        return found

    yield make_supervisor
    for found in made:
        found.stop()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def test_a_child_that_died_is_started_again(make, said, monkeypatch):
    monkeypatch.setattr(supervisors, "FIRST_WAIT_SECONDS", 0.1)
    watch = make()
    watch.start()
    (child,) = watch.children
    first = child.popen.pid
    os.kill(first, signal.SIGKILL)

    def again() -> bool:
        watch.tend()
        return child.is_running() and child.popen.pid != first

    until(again)
    assert said == ["网页服务意外退出，正在重新启动。"]


def test_a_child_that_cannot_live_is_tried_less_and_less_often(make, said, monkeypatch):
    monkeypatch.setattr(supervisors, "FIRST_WAIT_SECONDS", 0.05)
    watch = make((sys.executable, "-c", "raise SystemExit(1)"))
    watch.start()
    (child,) = watch.children

    def died_four_times() -> bool:
        watch.tend()
        return child.deaths >= 4

    until(died_four_times, 120)
    assert len(said) == 2
    assert "反复退出" in said[1]


def test_stopping_ends_even_a_stubborn_child(make, said, monkeypatch):
    monkeypatch.setattr(supervisors, "STOP_SECONDS", 0.5)
    watch = make(STUBBORN)
    watch.start()
    pid = watch.children[0].popen.pid
    time.sleep(0.3)

    watch.stop()

    assert not psutil.pid_exists(pid)
    assert not watch.record.exists()


def test_orphans_of_a_killed_run_are_ended(tmp_path):
    record = tmp_path / "children.json"
    with subprocess.Popen(SLEEPER, start_new_session=True) as orphan:
        born = psutil.Process(orphan.pid).create_time()
        record.write_text(json.dumps([{"pid": orphan.pid, "created": born}]))

        assert end_orphans(record) == 1
        assert orphan.wait(60) == -signal.SIGKILL
    assert not record.exists()


def test_a_stranger_with_a_reused_number_is_left_alone(tmp_path):
    record = tmp_path / "children.json"
    with subprocess.Popen(SLEEPER, start_new_session=True) as stranger:
        record.write_text(json.dumps([{"pid": stranger.pid, "created": 1.0}]))

        assert end_orphans(record) == 0
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("content", ["", "nonsense", "{"])
def test_a_damaged_record_is_ignored(tmp_path, content):
    record = tmp_path / "children.json"
    record.write_text(content)

    assert end_orphans(record) == 0
