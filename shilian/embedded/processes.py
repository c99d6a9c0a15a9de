"""The processes of one installation, as command lines; docker-compose.yml starts the same ones."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Process:
    """A long-running process: its name, what a person calls it, and how it is started."""

    name: str
    title: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def processes() -> list[Process]:
    """Web, two kinds of worker (big work never holds up small work), and the timetable."""
    return [
        web(),
        _worker("worker", "后台任务", "default,small", settings.JOB_WORKERS),
        _worker("worker-large", "大批量任务", "large", 1),
        _beat(),
    ]


def web() -> Process:
    command = (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
        *("--host", settings.HOST, "--port", str(settings.PORT)),
        *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)),
        # Each thread keeps its database connection; one that ended would have to connect again.
        *("--blocking-threads-idle-timeout", "600", "--respawn-failed-workers"),
        *("--workers-kill-timeout", "10", "--log-level", "warning"),
        "shilian.wsgi:application",
    )
    return Process("web", "网页服务", command)


def _worker(name: str, title: str, queues: str, count: int) -> Process:
    command = (
        *_celery("worker"),
        *("-Q", queues, "-c", str(count), "-n", f"{name}@%h"),
        *("--without-mingle", "--without-gossip", "-l", "WARNING"),
    )
    # A worker told to stop gives its work ten seconds, then leaves the rest to the next start.
    return Process(name, title, command, {"REMAP_SIGTERM": "SIGQUIT"})


def _beat() -> Process:
    schedule = settings.DATA_DIR / "beat-schedule"
    command = (*_celery("beat"), "--schedule", str(schedule), "--pidfile", "", "-l", "WARNING")
    return Process("beat", "定时任务", command)


def _celery(part: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "shilian", "--quiet", part)
