"""Slow work by kind: what runs a job, and what a running job is given.

A handler is registered under the job's kind and imported by its app's ``ready()``::

    @handler("sheet_import", queue=Job.Queue.SMALL)
    def import_sheet(run: Run) -> dict[str, Any]:
        for chunk in chunks_after(run.done_count):
            with transaction.atomic():
                ...write the chunk...
                run.progress(chunk.end, total, "正在写入")
            run.pause_if_due()
        return {"written": ...}

A worker may be killed at any moment; the next one calls the handler again with ``done_count`` as
the last committed chunk left it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from enterprises.actor import Actor, actor_for, platform_actor
from enterprises.models import Job, Person
from shilian import clock

LEASE = timedelta(seconds=45)
# One worker turns to other people's jobs after this long, and comes back.
SLICE_SECONDS = 60

Handler = Callable[["Run"], "dict[str, Any] | None"]


class UnknownKind(LookupError):
    """No handler is registered for the job's kind."""


class LeaseLost(Exception):
    """Another worker holds the job, or it was cancelled: undo this chunk and stop."""


class Paused(Exception):
    """The slice is over; the job goes back to the queue with its progress."""


class JobFailed(Exception):
    """The work cannot be done however often it is tried; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler, the queue its jobs wait in unless told otherwise, and whether they may be undone.

    Only work that leaves nothing half done when it is stopped may be cancelled: one transaction, or
    chunks that are each whole, of which the operation that cancels them says what stays.
    """

    run: Handler
    queue: Job.Queue
    may_cancel: bool = False


_handlers: dict[str, Registration] = {}


def handler(
    kind: str, *, queue: Job.Queue = Job.Queue.DEFAULT, may_cancel: bool = False
) -> Callable[[Handler], Handler]:
    """Register the decorated function for jobs of this kind."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = Registration(function, queue, may_cancel)
        return function

    return register


def find_handler(kind: str) -> Registration:
    try:
        return _handlers[kind]
    except KeyError:
        raise UnknownKind(kind) from None


@dataclass
class Run:
    """One slice of one job in the hands of one worker."""

    job_id: int
    token: UUID
    kind: str
    payload: dict[str, Any]
    result: dict[str, Any]
    done_count: int
    total_count: int
    created_by_id: int | None
    operator_id: int | None
    division_id: int | None
    _started: float = field(default_factory=time.monotonic)
    _first_done: int = field(init=False)

    def __post_init__(self) -> None:
        self._first_done = self.done_count

    def progress(
        self, done: int, total: int | None = None, message: str = "", **result: Any
    ) -> None:
        """Say how far it is, inside the transaction that writes the chunk; renews the lease.

        ``result`` is merged into the job's result, which the next slice finds in ``run.result``.
        Raises: LeaseLost when the job is no longer this worker's.
        Cost: one UPDATE.
        """
        self.done_count = done
        self.total_count = self.total_count if total is None else total
        self.result |= result
        changes: dict[str, Any] = {
            "done_count": done,
            "total_count": self.total_count,
            "result": self.result,
        }
        if message:
            changes["message"] = message
        if done > self._first_done:
            # What moves on is not poison, however often its worker was killed.
            changes["attempts"] = 1
        self._update(**changes)

    def renew(self) -> None:
        """Keep the lease through a step that reports no progress.

        Raises: LeaseLost.
        """
        self._update()

    def pause_if_due(self) -> None:
        """Between two chunks: let other jobs have the worker when the slice is used up.

        Raises: Paused, to be let through.
        """
        if time.monotonic() - self._started > SLICE_SECONDS:
            raise Paused

    @property
    def has_moved(self) -> bool:
        return self.done_count > self._first_done

    def actor(self, *, channel: str = "sheet") -> Actor:
        """Who asked for the work, with the rights held now; the platform when nobody did.

        Raises: JobFailed when the person has no account any more.
        """
        if self.created_by_id is None:
            return platform_actor(channel=channel)
        person = Person.objects.filter(pk=self.created_by_id, is_active=True).first()
        if person is None:
            raise JobFailed("提交人的账号已停用，任务没有执行。")
        return actor_for(person, acting_for=self.operator_id, channel=channel)

    def _update(self, **changes: Any) -> None:
        own = Job.objects.filter(pk=self.job_id, lease_token=self.token, state=Job.State.RUNNING)
        if not own.update(lease_until=clock.now() + LEASE, **changes):
            raise LeaseLost(self.job_id)
