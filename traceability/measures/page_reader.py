"""Reads pages as a person in a fresh process, run with ``python -m`` by ``trace_lists``.

Arguments: a login, then addresses. Prints the seconds that the last page took and the process's
peak memory in MB; the pages before it stand for the visitors that a server has had already.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.test import Client

# The kernel counts in kilobytes. ``getrusage`` would not do: a process inherits the peak of the one
# that started it, here the loader of fifteen million links.
KB_PER_MB = 1024
STATUS = Path("/proc/self/status")


def main(login: str, *addresses: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shilian.settings")
    django.setup()
    settings.ALLOWED_HOSTS = ["testserver"]
    from enterprises.models import Person

    client = Client()
    client.force_login(Person.objects.get(login=login))
    seconds = [_read(client, address) for address in addresses]
    json.dump([seconds[-1], _peak_kb() / KB_PER_MB], sys.stdout)


def _peak_kb() -> int:
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(lines["VmHWM"].split()[0])


def _read(client: Client, address: str) -> float:
    began = time.perf_counter()
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")
    return time.perf_counter() - began


if __name__ == "__main__":
    main(*sys.argv[1:])
