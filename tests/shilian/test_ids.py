import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.conf import settings

from shilian.db import ids
from shilian.embedded.locks import FileLock


def test_ids_ascend_and_never_repeat():
    taken = ids.new_ids(10_000) + ids.new_ids(10_000)

    assert len(set(taken)) == 20_000
    assert taken == sorted(taken)


def test_ids_placed_at_a_past_instant_lie_in_its_millisecond_and_never_repeat():
    at = datetime(2026, 9, 1, 4, 30, tzinfo=UTC)

    taken = ids.new_ids(50, at=at) + ids.new_ids(50, at=at)

    assert len(set(taken)) == 100
    assert {ids.made_at(i) for i in taken} == {at}
    assert min(taken) >= ids.lower_bound(at)


def test_placed_ids_never_repeat_even_when_moments_go_back():
    maker = ids.IdMaker(worker=1)
    morning = datetime(2026, 8, 5, 1, tzinfo=UTC)
    evening = datetime(2026, 8, 5, 12, tzinfo=UTC)

    taken = [
        id_
        for at in (morning, evening, morning, evening, morning)
        for id_ in maker.take(10_000, at=at)
    ]

    assert len(set(taken)) == 50_000


@pytest.fixture
def data_dir(tmp_path, settings):
    """A data directory that no other process uses, and a process that has made no id yet."""
    settings.LAYOUT = type(settings.LAYOUT)(tmp_path)
    held = ids._maker, ids._number
    ids._maker = ids._number = None
    yield tmp_path
    ids._maker, ids._number = held


def test_a_process_takes_no_worker_number_that_another_has(data_dir):
    count = 1 << ids.WORKER_BITS
    wanted = os.getpid() % count
    other = FileLock(settings.LAYOUT.locks / "ids" / str(wanted))
    assert other.try_hold()

    made = ids.new_id()

    assert (made >> ids.COUNTER_BITS) % count == (wanted + 1) % count
    other.release()


def test_a_worker_number_is_free_again_when_its_process_has_died(data_dir):
    made = [
        subprocess.run(
            [sys.executable, "-c", ONE_ID],
            env={**os.environ, "SHILIAN_DATA_DIR": str(data_dir), "PYTHONPATH": os.getcwd()},
            cwd=settings.BASE_DIR,
            capture_output=True,
            check=True,
        )
        for _ in range(2)
    ]

    assert [run.stdout.strip() for run in made] == [b"7", b"7"]


ONE_ID = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "shilian.settings"
os.getpid = lambda: 7
from shilian.db import ids
print((ids.new_id() >> ids.COUNTER_BITS) % 1024)
"""
