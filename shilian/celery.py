"""The Celery application: doorbells only, the database is the record of work."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shilian.settings")


def broker_url(redis_url: str) -> str:
    """The same Redis as Celery spells it: a unix socket has its own scheme and argument."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"


def _configuration() -> dict[str, Any]:
    """Read when Celery first needs it: the settings may import this package themselves."""
    from django.conf import settings

    return {
        "broker_url": broker_url(settings.REDIS_URL),
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            # Longer than the hard time limit, or a running slice would be handed out twice.
            "visibility_timeout": 600,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 2,
        },
        # A request that rings does not wait for a broker that is away; the sweeper rings later.
        "task_publish_retry": False,
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_soft_time_limit": 240,
        "task_time_limit": 300,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_prefetch_multiplier": 1,
        "worker_soft_shutdown_timeout": 10,
        "worker_max_tasks_per_child": 1000,
        "worker_hijack_root_logger": False,
        "timezone": "Asia/Shanghai",
        "task_default_queue": "default",
    }


app = Celery("shilian")
app.add_defaults(_configuration)
app.autodiscover_tasks()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _say_that_a_worker_is_there(**arguments: Any) -> None:
    from shilian import checkup

    checkup.beat()
