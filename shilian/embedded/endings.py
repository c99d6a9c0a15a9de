"""Waiting for a process that is not one's own child to end."""

from __future__ import annotations

import time
from contextlib import suppress

import psutil


def await_end(process: psutil.Process, seconds: float) -> bool:
    """Whether it does nothing any more; in a container nobody may come to bury it."""
    deadline = time.monotonic() + seconds
    with suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
    return True
