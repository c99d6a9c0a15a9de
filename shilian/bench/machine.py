"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil
from django.db import connection


def machine() -> dict[str, str | int | float]:
    """Processor, cores, memory and versions."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0].split()[0]
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gb": round(psutil.virtual_memory().total / 1024**3, 1),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "postgres": postgres,
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
