"""Where an installation without its own servers keeps its data, sockets and logs."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the final NUL included.
SOCKET_PATH_LIMIT = 100
POSTGRES_SOCKET = ".s.PGSQL.5432"
REDIS_SOCKET = "redis.sock"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders below one data directory."""

    data: Path

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def redis(self) -> Path:
        return self.data / "redis"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def locks(self) -> Path:
        return self.data / "locks"

    @property
    def in_use(self) -> Path:
        """Shared by every process that uses the servers; the last one stops them."""
        return self.locks / "in_use"

    @property
    def alive(self) -> Path:
        """Shared until a process has left ``in_use`` in good order, or was killed."""
        return self.locks / "alive"

    @property
    def static(self) -> Path:
        return self.data / "static"

    @property
    def sockets(self) -> Path:
        """Inside the data directory, or a short folder named after it when that is too long."""
        inside = self.data / "run"
        if len(bytes(inside / POSTGRES_SOCKET)) <= SOCKET_PATH_LIMIT:
            return inside
        name = hashlib.sha256(bytes(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"shilian-{name}"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / REDIS_SOCKET
