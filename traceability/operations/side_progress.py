"""Progress of a long transaction, told on a connection beside it."""

from __future__ import annotations

import time
from threading import Thread

from django.db import connection

from enterprises.jobs import LeaseLost, Run

EVERY_SECONDS = 2


class SideProgress:
    """Says how far a step is that commits only at its end; people see it move all the same."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._told_at = time.monotonic()
        self._is_lost = False

    def tell(self, done: int, message: str) -> None:
        """Say it, at most every other second; a connection belongs to one thread, so from another.

        Raises: LeaseLost when the job is no longer this worker's.
        """
        if time.monotonic() - self._told_at < EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        thread = Thread(target=self._tell, args=(done, message), daemon=True)
        thread.start()
        thread.join()
        if self._is_lost:
            raise LeaseLost(self._run.job_id)

    def _tell(self, done: int, message: str) -> None:
        try:
            self._run.progress(min(done, self._run.total_count or done), message=message)
        except LeaseLost:
            self._is_lost = True
        finally:
            connection.close()
