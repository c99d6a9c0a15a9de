"""Less searching for garbage while very many small objects come and go."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Rows are freed as they go; looking for circles among them took a fifth of a large upload.
RARELY = (200_000, 50, 50)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Within the block the collector looks for circles now and then, not all the time."""
    usual = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
