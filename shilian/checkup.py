"""What an installation needs in order to work, each need looked at once and said in Chinese."""

from __future__ import annotations

import os
import platform
import shutil
import time
from dataclasses import dataclass
from functools import cache as cache_of_process
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.checks import run_checks
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from redis.exceptions import RedisError

from shilian import broker
from shilian.db.partitions import default_partition, partitioned_tables
from shilian.embedded.postgres import Postgres

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


def diagnosis() -> list[Finding]:
    """Everything ``readiness`` looks at, and what is wrong around it on this machine."""
    around = [check_data_dir(), check_program()]
    if settings.EMBEDDED_POSTGRES and not Postgres(settings.LAYOUT).answers():
        stopped = Finding(
            "running",
            False,
            "内置数据库没有在运行：没有启动的请用 make run 启动；已经启动的会自己重试，"
            "请先解决下面的问题。",
        )
        return [*around, stopped, check_disk()]
    return [*around, *readiness(), check_default_partitions()]


def check_program() -> Finding:
    """Whether the settings pass Django's own checks."""
    try:
        faults = [found for found in run_checks() if found.is_serious()]
    except Exception as error:
        # A tree that cannot be imported fails with anything; the name says where to look.
        return Finding("program", False, f"程序不能载入（{type(error).__name__}：{error}）。")
    if faults:
        return Finding("program", False, f"程序自检有 {len(faults)} 处错误：{faults[0].msg}")
    return Finding("program", True, f"程序自检通过，Python {platform.python_version()}。")


def check_data_dir() -> Finding:
    folder = settings.DATA_DIR
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("data_dir", False, f"数据目录 {folder} 不存在或不能写入。")
    return Finding("data_dir", True, f"数据目录 {folder}。")


def check_default_partitions() -> Finding:
    """Rows outside every month are safe, but a sign that partitions were not made in time."""
    try:
        tables = partitioned_tables("default")
        held = [table for table in tables if _holds_rows(table)]
    except DatabaseError:
        return Finding("partitions", False, "数据库不通，未检查分区。")
    if held:
        return Finding(
            "partitions",
            False,
            f"{len(held)} 张记录表有数据落在默认分区，请运行 manage.py roll_partitions。",
        )
    return Finding("partitions", True, f"{len(tables)} 张记录表的分区齐全。")


def _holds_rows(table: str) -> bool:
    name = default_partition(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples > 0 FROM pg_class WHERE relname = %s", [name])
        row = cursor.fetchone()
    return bool(row and row[0])


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
    try:
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError:
        return Finding("migrations", False, "读不到数据库变更记录。")
    if waiting := _known_migrations() - applied.keys():
        return Finding("migrations", False, f"有 {len(waiting)} 个数据库变更没有执行。")
    return Finding("migrations", True, "数据库结构是最新的。")


@cache_of_process
def _known_migrations() -> frozenset[tuple[str, str]]:
    """What this version of the program brings along; read from the files once in a process."""
    return frozenset(MigrationLoader(None).graph.nodes)


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
