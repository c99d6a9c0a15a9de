"""Locks between processes that the kernel gives back when a process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """An advisory lock on a file: shared by many or held by one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def share(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def hold(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def try_hold(self) -> bool:
        """Whether nobody else holds or shares it now; a share of one's own is given up."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock for the length of the block, waiting for it if need be."""
    lock = FileLock(path)
    try:
        lock.hold()
        yield
    finally:
        lock.release()
