"""What an installation needs in order to work, each need looked at once and said in Chinese."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from shilian import broker

HEARTBEAT_KEY = "worker_heartbeat"
HEARTBEAT_SECONDS = 90
LEAST_FREE_BYTES = 2 * 1024**3
LEAST_FREE_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of the installation: whether it works, and a sentence about it."""

    name: str
    ok: bool
    detail: str


def readiness() -> list[Finding]:
    """The five parts a running installation needs."""
    database = check_database()
    migrations = (
        check_migrations() if database.ok else Finding("migrations", False, "数据库不通，未检查。")
    )
    broker = check_broker()
    worker = check_worker() if broker.ok else Finding("worker", False, "消息服务不通，未检查。")
    return [database, broker, migrations, worker, check_disk()]


def check_database() -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version'), rolsuper, rolbypassrls"
                " FROM pg_roles WHERE rolname = current_user"
            )
            version, is_superuser, bypasses = cursor.fetchone()
    except DatabaseError:
        return Finding("database", False, "连不上数据库。")
    if is_superuser or bypasses:
        return Finding("database", False, "应用账号权限过大，应为非超级用户且不能绕过行级安全。")
    return Finding("database", True, f"PostgreSQL {version.split()[0]} 正常。")


def check_migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        return Finding("migrations", False, f"有 {len(waiting)} 个数据库变更没有执行。")
    return Finding("migrations", True, "数据库结构是最新的。")


def check_broker() -> Finding:
    try:
        with broker.client() as client:
            appends = client.config_get("appendonly").get("appendonly") == "yes"
    except (RedisError, OSError):
        return Finding("broker", False, "连不上消息服务；后台任务会延后，不会丢失。")
    note = "正常。" if appends else "正常，但没有开启 AOF，重启后会慢一些。"
    return Finding("broker", True, f"Redis {note}")


def check_worker() -> Finding:
    beaten_at = cache.get(HEARTBEAT_KEY)
    if beaten_at is None or time.time() - beaten_at > HEARTBEAT_SECONDS:
        return Finding("worker", False, "后台任务进程没有动静。")
    return Finding("worker", True, "后台任务进程正常。")


def check_disk(folder: Path | None = None) -> Finding:
    """Less than a tenth or than 2 GB free is too little to take in more files."""
    usage = shutil.disk_usage(folder or settings.DATA_DIR)
    free = f"{usage.free / 1024**3:.1f} GB"
    if usage.free < LEAST_FREE_BYTES or usage.free < usage.total * LEAST_FREE_RATIO:
        return Finding("disk", False, f"磁盘只剩 {free}，请清理后再导入文件。")
    return Finding("disk", True, f"磁盘剩余 {free}。")


def beat() -> None:
    """Say that a worker is alive."""
    cache.set(HEARTBEAT_KEY, time.time(), 10 * HEARTBEAT_SECONDS)
