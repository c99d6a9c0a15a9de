"""Settings of the bundled PostgreSQL, sized to the machine it finds itself on."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

MB = 1024 * 1024
SHARED_MEMORY = Path("/dev/shm")


def configuration(*, sockets: Path, scratch: bool) -> dict[str, str]:
    """The whole of postgresql.conf.

    ``scratch`` clusters lose their data when the machine stops, and are faster for it.
    """
    memory = psutil.virtual_memory().total // MB
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 5, 64), 4096)}MB",
        "effective_cache_size": f"{max(memory // 2, 128)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 512)}MB",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "off",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "64",
        "jit": "off",
        "idle_in_transaction_session_timeout": "10min",
        "dynamic_shared_memory_type": _shared_memory_type(),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_duration_statement": "2000",
        "log_line_prefix": "%m [%p] %u ",
        "lc_messages": "C",
        "autovacuum_vacuum_insert_scale_factor": "0.05",
    }
    if scratch:
        settings |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": f"{min(max(memory // 16, 64), 512)}MB",
            "max_wal_size": "2GB",
            # Statistics that come in the middle of a run would change its plans.
            "autovacuum": "off",
        }
    return settings


def _shared_memory_type() -> str:
    """Containers often give /dev/shm 64 MB, which parallel queries outgrow."""
    try:
        status = os.statvfs(SHARED_MEMORY)
    except OSError:
        return "mmap"
    return "posix" if status.f_blocks * status.f_frsize >= 512 * MB else "mmap"
