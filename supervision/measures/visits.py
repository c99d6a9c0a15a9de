"""Pages through every middleware, as an officer sees them; and processor time beside the wall's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psutil
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.models import Division, Membership, Person, Station
from enterprises.roles import Role
from shilian.bench import Metrics
from shilian.bench.measure import clocked, percentile, samples_ms

LOOKS, WARM = 15, 2


@dataclass
class Spent:
    """What one step took: on the wall's clock, and of the processors."""

    seconds: float = 0.0
    cpu: float = 0.0

    def metrics(self, name: str) -> Metrics:
        return {f"{name}_s": round(self.seconds, 2), f"{name}_cpu_s": round(self.cpu, 2)}


def spent(name: str, call: Callable[[], object]) -> Spent:
    """Do one long step, tell so, and return what it took."""
    done = Spent()
    with clocked() as taken:
        done.cpu = cpu_seconds(call)
    done.seconds = taken.seconds
    sys.stderr.write(f"{name} {done.seconds:.1f} s, cpu {done.cpu:.1f} s\n")
    return done


def officer(
    role: Role, division: Division, at: datetime, *, station: Station | None = None
) -> Person:
    """A new officer of the division, or of one of its stations."""
    login = f"measure_{role}_{division.pk}"
    person = Person.objects.create(login=login, name="测速员", created_at=at)
    Membership.objects.create(
        person=person, role=role, division=division, station=station, granted_at=at
    )
    return person


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def look(client: Client, url: str) -> None:
    response = client.get(url)
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}")


def timed(name: str, call: Callable[[], object], looks: int = LOOKS) -> Metrics:
    """Waiting times, and beside them the processor time, which a busy machine does not lengthen."""
    samples_ms(call, WARM)
    taken: list[float] = []
    busy = cpu_seconds(lambda: taken.extend(samples_ms(call, looks)))
    return {
        f"{name}_p50_ms": round(percentile(taken, 50), 1),
        f"{name}_p95_ms": round(percentile(taken, 95), 1),
        f"{name}_cpu_ms": round(busy * 1000 / looks, 1),
    }


def queries(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def cpu_seconds(call: Callable[[], object]) -> float:
    """Processor time of this process and of the database's for it; others on the machine count not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    before = sum(sum(each.cpu_times()[:2]) for each in (psutil.Process(), server))
    call()
    after = sum(sum(each.cpu_times()[:2]) for each in (psutil.Process(), server))
    return round(after - before, 3)
