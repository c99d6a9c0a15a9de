"""Work done while the database is busy with what it was sent: reading on, for instance.

A process that waits for the database has nothing else to do, and one that waits for its turn to read
keeps the database idle. ``Ahead`` fetches items before they are asked for; ``meanwhile`` says what
is to be done between the pieces of whatever is being sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

Item = TypeVar("Item")
Work = Callable[[], object]
_work: ContextVar[Work | None] = ContextVar("meanwhile", default=None)


@contextmanager
def meanwhile(work: Work) -> Iterator[None]:
    """Within the block, do a little of the work whenever a piece has been sent."""
    token = _work.set(work)
    try:
        yield
    finally:
        _work.reset(token)


def do_a_little() -> None:
    """Called by whoever has just sent a piece."""
    work = _work.get()
    if work is not None:
        work()


class Ahead(Generic[Item]):
    """An iterator whose next items may be fetched before somebody takes them."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._waiting: deque[Item] = deque()
        self._failure: Exception | None = None

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        if self._waiting:
            return self._waiting.popleft()
        if self._failure is not None:
            raise self._failure
        return next(self._items)

    def fetch(self, count: int, *, most: int) -> None:
        """Fetch so many, until ``most`` are waiting; a failure is kept for whoever takes that item."""
        try:
            for _ in range(min(count, most - len(self._waiting))):
                self._waiting.append(next(self._items))
        except StopIteration:
            return
        except Exception as failure:
            self._failure = failure

    def put_back(self, item: Item) -> None:
        self._waiting.appendleft(item)
