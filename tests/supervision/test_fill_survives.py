"""The filler under fire: killed in the middle, and filling while records arrive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from enterprises.models import Operator
from supervision.models import DivisionDay, OperatorMonth
from supervision.rollups import fill, rebuild
from tests.builders.enterprises import make_operator
from tests.builders.numbers import make_purchase, noon
from traceability.models import MonthMark

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = date(2026, 10, 1)
AT = noon(date(2026, 10, 31))
LISTED = {"listed_at": noon(date(2026, 9, 1)), "activated_at": noon(date(2026, 9, 1))}
FILLER = """
import sys, django
django.setup()
from datetime import datetime
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from supervision.rollups.fill import fill
fill(at=datetime.fromisoformat(sys.argv[2]))
"""


def shops(count: int) -> list[Operator]:
    return [make_operator(**LISTED) for _ in range(count)]  # type: ignore[arg-type]


def wait_until_somebody_waits_for_a_lock() -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
                " AND relation = 'supervision_divisionday'::regclass"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("the filler never came to the lock")


def test_killed_between_rows_and_tallies_it_loses_and_doubles_nothing() -> None:
    for operator in shops(3):
        make_purchase(operator, on=date(2026, 10, 5))
    name = connection.settings_dict["NAME"]

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE supervision_divisionday IN ACCESS EXCLUSIVE MODE")
        filler = subprocess.Popen(
            [sys.executable, "-c", FILLER, name, AT.isoformat()],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        )
        wait_until_somebody_waits_for_a_lock()
        filler.send_signal(signal.SIGKILL)
        filler.wait()

    assert MonthMark.objects.count() == 3
    assert not OperatorMonth.objects.exists()
    fill.fill_all(at=AT)
    assert DivisionDay.objects.get().record_count == 3
    assert rebuild.compare(MONTH, at=AT) == []


def test_two_fillers_and_two_writers_at_once_end_at_the_truth() -> None:
    operators = shops(4)
    done = threading.Event()
    failures: list[Exception] = []

    def write(offset: int) -> None:
        try:
            for turn in range(25):
                day = MONTH + timedelta(days=(turn + offset) % 31)
                with transaction.atomic():
                    make_purchase(operators[turn % 4], on=day)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    def keep_filling() -> None:
        try:
            while not done.is_set():
                fill.fill(at=AT, limit=7)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=[offset]) for offset in (0, 11)]
    fillers = [threading.Thread(target=keep_filling) for _ in range(2)]
    for thread in writers + fillers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in fillers:
        thread.join()
    fill.fill_all(at=AT)

    assert failures == []
    assert sum(row.purchase_count for row in OperatorMonth.objects.all()) == 50
    assert rebuild.compare(MONTH, at=AT) == []
