"""Run the reading process and talk to it; it may die, we may not."""

from __future__ import annotations

import fcntl
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from shilian.sheets.refusals import SENTENCES, Refused

CHILD = Path(__file__).with_name("child.py")
# Its computing time is limited in the process itself; here also counts the time in which it waits
# until its rows are recorded, which for a million of them is long.
WALL_SECONDS = 3_600
# The fast reader may bring its process down on a damaged file; the careful one is asked then.
READERS = ("fast", "plain")
PIPE_BYTES = 1 << 20

Heads = list[dict[str, Any]]
Choose = Callable[[Heads], str | None]


def lines_of(path: Path, kind: str, choose: Choose) -> Generator[str, None, None]:
    """The lines of the sheet whose title ``choose`` gives when it sees every sheet's first rows.

    Nothing comes when it gives None.
    Raises: Refused when the process refuses, dies or takes too long.
    """
    for reader in READERS:
        with _Process(path, kind, reader) as process:
            heads = process.heads()
            if heads is None:
                continue
            title = choose(heads)
            if title is not None:
                yield from process.rows(title)
            return
    raise Refused("sheet_unreadable")


class _Process:
    def __init__(self, path: Path, kind: str, reader: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(path), kind, reader],
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
        self._alarm = threading.Timer(WALL_SECONDS, self._process.kill)

    def __enter__(self) -> _Process:
        self._alarm.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._alarm.cancel()
        self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._lines.close()
        self._process.wait()

    def heads(self) -> Heads | None:
        """Every sheet with its first rows; None when the process died without a word."""
        line = self._lines.readline()
        heads = _message(line).get("book") if line else None
        return heads if isinstance(heads, list) else None

    def rows(self, title: str) -> Iterator[str]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(title).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Refused("sheet_unreadable") from None
        for line in self._lines:
            if not line.startswith("{"):
                yield line
            elif "end" in _message(line):
                return
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
