"""Run the reading process and take its lines; it may die, we may not."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shilian.sheets.refusals import SENTENCES, Refused

CHILD = Path(__file__).with_name("child.py")
WALL_SECONDS = 300


def lines_of(path: Path, kind: str, sheet: str = "") -> Iterator[Any]:
    """The lines the process prints, as they come, without its last.

    Raises: Refused when it refuses, dies or takes too long.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", str(CHILD), str(path), kind, sheet],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        text=True,
        encoding="utf-8",
    )
    alarm = threading.Timer(WALL_SECONDS, process.kill)
    alarm.start()
    try:
        yield from _until_end(process)
    finally:
        alarm.cancel()
        process.kill()
        if process.stdout:
            process.stdout.close()
        process.wait()


def _until_end(process: subprocess.Popen[str]) -> Iterator[Any]:
    assert process.stdout is not None
    for text in process.stdout:
        try:
            line = json.loads(text)
        except ValueError:
            break
        if isinstance(line, dict) and "end" in line:
            return
        if isinstance(line, dict) and "refused" in line:
            code = line["refused"]
            raise Refused(code if code in SENTENCES else "sheet_unreadable")
        yield line
    raise Refused("sheet_unreadable")
