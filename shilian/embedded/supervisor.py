"""Keeps child processes running: starts them, restarts what died, stops them all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from shilian.embedded.endings import await_end
from shilian.embedded.leash import leashed
from shilian.embedded.processes import Process

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
# A child that lived this long has recovered; its next death is a new story.
RECOVERED_SECONDS = 60.0
STOP_SECONDS = 20.0
LOG_LIMIT = 10 * 1024 * 1024

Say = Callable[[str], None]


class Child:
    """One process, its log, and when it may be started again."""

    def __init__(self, process: Process, logs: Path) -> None:
        self.process = process
        self.log = logs / f"{process.name}.log"
        self.popen: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self._started = 0.0
        self._wait = FIRST_WAIT_SECONDS
        self._again_at = 0.0

    def start(self) -> None:
        _roll(self.log)
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                leashed(self.process.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.process.environment},
                # Its own group: Ctrl-C reaches the supervisor alone, which stops children in order.
                start_new_session=True,
            )
        self._started = time.monotonic()

    def is_running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def has_just_died(self) -> bool:
        """Notices a death once, and plans the next start."""
        if self.popen is None or self.popen.poll() is None:
            return False
        now = time.monotonic()
        if now - self._started > RECOVERED_SECONDS:
            self._wait, self.deaths = FIRST_WAIT_SECONDS, 0
        self.deaths += 1
        self._again_at = now + self._wait
        self._wait = min(self._wait * 2, LONGEST_WAIT_SECONDS)
        # What it left of its group goes with it, or its port and its lease stay taken.
        _signal_group(self.popen.pid, signal.SIGKILL)
        self.popen = None
        return True

    def is_due(self) -> bool:
        return self.popen is None and time.monotonic() >= self._again_at


class Supervisor:
    """All children of one installation. ``say`` receives short Chinese lines."""

    def __init__(self, wanted: list[Process], *, logs: Path, record: Path, say: Say) -> None:
        self.children = [Child(process, logs) for process in wanted]
        self.record = record
        self.say = say

    def start(self) -> None:
        for child in self.children:
            child.start()
        self._write_record()

    def tend(self) -> None:
        """Restart what died, each after its own wait."""
        for child in self.children:
            if child.has_just_died():
                self._report(child)
            if child.is_due():
                child.start()
                self._write_record()

    def _report(self, child: Child) -> None:
        # A child that cannot live says so twice, not for ever.
        if child.deaths == 1:
            self.say(f"{child.process.title}意外退出，正在重新启动。")
        elif child.deaths == 3:
            self.say(f"{child.process.title}反复退出，会继续重试；原因见 {child.log}。")

    def stop(self) -> None:
        """Ask every child to finish, then end what has not."""
        running = [child.popen for child in self.children if child.popen and child.is_running()]
        for popen in running:
            popen.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for popen in running:
            try:
                popen.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say("有进程没有按时结束，已强行结束；没做完的任务下次启动后继续。")
            _signal_group(popen.pid, signal.SIGKILL)
            popen.wait()
        self.record.unlink(missing_ok=True)

    def _write_record(self) -> None:
        """Whom a next run has to end if this one is killed."""
        found = [
            {"pid": child.popen.pid, "created": psutil.Process(child.popen.pid).create_time()}
            for child in self.children
            if child.popen and child.is_running()
        ]
        self.record.write_text(json.dumps(found))


def end_orphans(record: Path) -> int:
    """End the children a killed run left behind; how many there were."""
    try:
        entries = json.loads(record.read_text())
    except (OSError, ValueError):
        return 0
    ended = 0
    for entry in entries:
        # A process id may belong to somebody else by now; the moment of birth does not.
        with suppress(psutil.Error):
            process = psutil.Process(entry["pid"])
            if abs(process.create_time() - entry["created"]) < 1:
                _signal_group(process.pid, signal.SIGKILL)
                await_end(process, STOP_SECONDS)
                ended += 1
    record.unlink(missing_ok=True)
    return ended


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _roll(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
