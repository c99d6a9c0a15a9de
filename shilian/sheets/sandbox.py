"""Run the reading process and talk to it; it may die, we may not."""

from __future__ import annotations

import fcntl
import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from shilian.sheets.refusals import SENTENCES, Refused

CHILD = Path(__file__).with_name("child.py")
# Its computing time is limited in the process itself; here counts only how long it keeps us waiting,
# not how long we take to record its rows, which for a million of them is long.
WATCH_SECONDS = 5.0
SILENT_SECONDS = 300.0
PIPE_BYTES = 1 << 20

Heads = list[dict[str, Any]]
Choose = Callable[[Heads], str | None]


def lines_of(path: Path, kind: str, choose: Choose) -> Generator[str, None, None]:
    """The lines of the sheet whose title ``choose`` gives when it sees every sheet's first rows.

    Nothing comes when it gives None.
    Raises: Refused when the process refuses, dies or takes too long.
    """
    with _Process(path, kind) as process:
        title = choose(process.heads())
        if title is not None:
            yield from process.rows(title)


class _Process:
    def __init__(self, path: Path, kind: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(path), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        assert self._process.stdout is not None
        _widen(self._process.stdout.fileno())
        self._lines = io.TextIOWrapper(
            self._process.stdout, encoding="utf-8", errors="replace", newline="\n"
        )
        self._is_over = threading.Event()
        self._waiting_since: float | None = None

    def __enter__(self) -> _Process:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._lines.close()
        self._process.wait()

    def _watch(self) -> None:
        """Kill a process that keeps us waiting; how long we take over its rows is not its fault."""
        while not self._is_over.wait(WATCH_SECONDS):
            since = self._waiting_since
            if since is not None and time.monotonic() - since > SILENT_SECONDS:
                self._process.kill()

    def heads(self) -> Heads:
        """Every sheet with its first rows. Raises: Refused, also when it died without a word."""
        self._waiting_since = time.monotonic()
        line = self._lines.readline()
        self._waiting_since = None
        heads = _message(line).get("book") if line else None
        if not isinstance(heads, list):
            raise Refused("sheet_unreadable")
        return heads

    def rows(self, title: str) -> Iterator[str]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(title).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Refused("sheet_unreadable") from None
        self._waiting_since = time.monotonic()
        for line in self._lines:
            self._waiting_since = None
            if not line.startswith("{"):
                yield line
            elif "end" in _message(line):
                return
            self._waiting_since = time.monotonic()
        raise Refused("sheet_unreadable")


def _message(line: str) -> dict[str, Any]:
    """Raises: Refused when it is a refusal."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    if "refused" in message:
        code = message["refused"]
        raise Refused(code if code in SENTENCES else "sheet_unreadable")
    return dict(message)


def _widen(pipe: int) -> None:
    """A wider pipe, so that reader and writer do not wait for each other at every 64 kB."""
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except PermissionError:
        # This user's share of wide pipes is used up; a narrow one only takes longer.
        return
