"""What an imported file adds to the day of the system that delivers by file."""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from enterprises.models import ImportSession, Operator, SelfBuiltSystem, SystemDay
from enterprises.operations import jobs
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.systems import make_system
from traceability.operations import imports, side_progress
from traceability.rules.lateness import is_late
from traceability.sheets.base import find_kind

TODAY = AT.date()
HEAD = "进货日期,食品名称,数量,单位,供货者名称,凭证号"


@pytest.fixture(autouse=True)
def _place_and_day(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    settings.FILES_DIR = tmp_path
    monkeypatch.setattr(side_progress, "EVERY_SECONDS", 3600)
    with time_machine.travel(AT, tick=False):
        yield


def imported(operator: Operator, *, kind: str = "purchases") -> ImportSession:
    rows = [
        f"{TODAY},特一粉,10,袋,泉润粮油店,01",
        f"{TODAY - timedelta(days=4)},特一粉,10,袋,泉润粮油店,02",
        f"{TODAY},特一粉,十袋,袋,泉润粮油店,03",
    ]
    session = imports.start_import(
        by=owner_of(operator), operator=operator, kind=find_kind(kind),
        upload=io.BytesIO("\n".join([HEAD, *rows]).encode()), file_name="台账.csv",
        month=TODAY, at=AT, mode="good_rows",
    )  # fmt: skip
    jobs.run_to_end(session.job_id or 0)
    session.refresh_from_db()
    assert session.state == ImportSession.State.DONE
    return session


def system_of(operator: Operator, **facts: Any) -> SelfBuiltSystem:
    system = make_system(operator)
    delivers = {"docking": "file", "record_kinds": ["purchases"]}
    SelfBuiltSystem.objects.filter(pk=system.pk).update(**(delivers | facts))
    return system


@pytest.mark.django_db
def test_a_file_counts_for_the_system_that_delivers_files():
    operator = make_operator()
    system = system_of(operator)

    imported(operator)

    day = SystemDay.objects.get(system=system)
    assert (day.day, day.sent_count, day.accepted_count) == (TODAY, 3, 2)
    assert day.late_count == 1
    assert sum(day.errors.values()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [{"docking": "api"}, {"record_kinds": ["sales"]}, {"kind": "market"}, {"state": "ended"}],
)
def test_it_counts_for_no_other_system(facts):
    operator = make_operator()
    system_of(operator, **facts)

    imported(operator)

    assert not SystemDay.objects.exists()


@pytest.mark.django_db
def test_a_channels_export_counts_for_the_channel():
    operator = make_operator()
    own, channel = system_of(operator), make_system(operator, name="市场系统")
    SelfBuiltSystem.objects.filter(pk=channel.pk).update(
        kind="market", docking="file", record_kinds=["purchases"]
    )

    imported(operator, kind="purchases@market")

    assert [day.system_id for day in SystemDay.objects.all()] == [channel.pk]
    assert not own.days.exists()


@pytest.mark.parametrize(
    ("kind", "values", "late"),
    [
        ("purchases", {"purchased_on": date(2026, 11, 7)}, False),
        ("purchases", {"purchased_on": date(2026, 11, 6)}, True),
        ("purchases", {"produced_on": date(2026, 1, 1)}, False),
        ("sales", {"sold_on": date(2026, 11, 6)}, True),
        ("production", {"produced_on": date(2026, 11, 6)}, True),
        ("products", {"name": "面粉"}, False),
    ],
)
def test_is_late_after_three_days(kind, values, late):
    assert is_late(kind, values, received_on=date(2026, 11, 10)) is late
