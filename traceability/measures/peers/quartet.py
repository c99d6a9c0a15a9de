"""QU4RTET capturing EPCIS documents into PostgreSQL: its own parser and its own models.

Reads a line ``{"documents": n, "events": m}`` and makes its tables; after another line it captures
documents of EPCIS 1.2 with the same facts as ours, and prints ``{"seconds": …, "events": …}``: its
best document. Its rule engine, which would only add to the time, is left out.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
import warnings

import django
from django.conf import settings

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><epcis:EPCISDocument'
    ' xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2"'
    ' creationDate="2026-05-05T08:00:00+08:00"><EPCISBody><EventList>'
)
TAIL = "</EventList></EPCISBody></epcis:EPCISDocument>"
EVENT = (
    "<ObjectEvent><eventTime>2026-05-04T08:{minute:02d}:{second:02d}+08:00</eventTime>"
    "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
    "<epcList><epc>urn:epc:id:sgtin:6901234.056789.{number}</epc></epcList>"
    "<action>OBSERVE</action><bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>"
    "<disposition>urn:epcglobal:cbv:disp:in_transit</disposition>"
    "<readPoint><id>urn:epc:id:sgln:6901234.00000.0</id></readPoint>"
    "<bizLocation><id>urn:epc:id:sgln:6901234.00001.0</id></bizLocation></ObjectEvent>"
)


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    # It stores naive record times; printing that for each event is none of its own work.
    warnings.simplefilter("ignore")
    _install()
    from quartet_epcis.models.events import Event
    from quartet_epcis.parsing.parser import QuartetParser

    documents = [_document(number, asked["events"]) for number in range(asked["documents"])]
    sys.stdin.readline()
    taken = []
    for document in documents:
        start = time.perf_counter()
        QuartetParser(io.BytesIO(document)).parse()
        taken.append(time.perf_counter() - start)
    json.dump({"seconds": min(taken), "events": Event.objects.count()}, sys.stdout)


def _document(document: int, count: int) -> bytes:
    events = (
        EVENT.format(
            minute=number // 60 % 60, second=number % 60, number=document * count + number + 1
        )
        for number in range(count)
    )
    return (HEAD + "".join(events) + TAIL).encode()


def _install() -> None:
    """Its tables in the empty database."""
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "quartet_capture",
            "quartet_epcis",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ["PGDATABASE"],
                "USER": os.environ["PGUSER"],
                "HOST": os.environ["PGHOST"],
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, run_syncdb=True, interactive=False)


if __name__ == "__main__":
    main()
