"""Tests that never end, for test_leash.py to kill; not found by name in an ordinary run."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.conf import settings


@pytest.mark.parametrize("worker", ["one", "another"])
def test_it_waits(servers, worker):
    note = Path(os.environ["ENDLESS_NOTES"]) / f"{worker}.draft"
    note.write_text(f"{os.getpid()} {settings.DATA_DIR}")
    note.rename(note.with_suffix(".done"))
    time.sleep(600)
