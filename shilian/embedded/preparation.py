"""What has to be true before the platform's processes are started, and is made true here."""

from __future__ import annotations

import hashlib
import io
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from shilian import checkup, clock
from shilian.db.partitions import MONTHS_AHEAD, MONTHS_BEHIND, ensure_partitions
from shilian.embedded.failures import EmbeddedFailure
from shilian.embedded.leash import leashed

LEAST_BYTES = 500 * 1024**2
Say = Callable[[str], None]


def ensure_port_is_free(host: str, port: int) -> None:
    """Raises: EmbeddedFailure when somebody listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise EmbeddedFailure(
                f"没有权限使用端口 {port}，请用 1024 以上的端口，如 PORT=8000。"
            ) from None
        except OSError as error:
            raise EmbeddedFailure(
                f"端口 {port} 已被占用（或地址 {host} 不可用），"
                f"请先停掉占用它的程序，或换一个端口：PORT={port + 1} make run"
            ) from error


def ensure_disk_has_room(folder: Path, say: Say) -> None:
    """Refuse to start on a full disk, and warn on one that is filling up."""
    if shutil.disk_usage(folder).free < LEAST_BYTES:
        raise EmbeddedFailure("磁盘剩余不足 500 MB，请清出空间后再启动。")
    finding = checkup.check_disk(folder)
    if not finding.ok:
        say(f"注意：{finding.detail}")


def migrate(say: Say) -> None:
    """Bring the database to this version's definitions, with the coming months' partitions."""
    connection = connections["owner"]
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    try:
        if plan:
            say(f"正在更新数据库结构（{len(plan)} 项）…")
            call_command("migrate", interactive=False, verbosity=0, database="owner")
        today = clock.today()
        ensure_partitions(
            "owner",
            clock.add_months(today, MONTHS_AHEAD),
            since=clock.add_months(today, -MONTHS_BEHIND),
        )
    except DatabaseError as error:
        raise EmbeddedFailure(f"数据库结构没有更新成功：{error}") from error
    finally:
        connections.close_all()


@dataclass(frozen=True, slots=True)
class Stamp:
    """Remembers which state of its sources a step was last done for."""

    path: Path
    sources: tuple[Path, ...]

    def is_current(self) -> bool:
        return self.path.exists() and self.path.read_text() == self._state()

    def keep(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self._state())

    def _state(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(_files(self.sources)):
            status = path.stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
        return digest.hexdigest()


def load_reference_data(say: Say) -> None:
    """Run the loaders of reviewed data when their files have changed since the last time."""
    folders = tuple(settings.BASE_DIR.glob("*/data"))
    stamp = Stamp(_stamps() / "reference", folders)
    if stamp.is_current():
        return
    complete = True
    for name in settings.REFERENCE_COMMANDS:
        complete = run_command(name, say) and complete
    if complete:
        stamp.keep()


def load_demonstration(say: Say) -> None:
    """Load the demonstration province once, into an installation with servers of its own."""
    stamp = Stamp(_stamps() / "demonstration", ())
    if not (settings.LOAD_DEMO and settings.EMBEDDED_POSTGRES) or stamp.is_current():
        return
    if not is_command(settings.DEMO_COMMAND):
        say(f"注意：没有命令 {settings.DEMO_COMMAND}，演示数据没有装入。")
        return
    say("首次启动：正在装入演示省份，约需一两分钟…")
    if run_child(settings.DEMO_COMMAND, "--commit"):
        stamp.keep()
    else:
        say(
            f"注意：演示数据没有全部装入，下次启动时会再试；原因见 {log_of(settings.DEMO_COMMAND)}。"
        )


def collect_static(say: Say) -> None:
    """Collect and compress the static files when one of them has changed."""
    stamp = Stamp(_stamps() / "static", tuple(Path(folder) for folder in settings.STATICFILES_DIRS))
    if stamp.is_current() and (settings.STATIC_ROOT / "staticfiles.json").exists():
        return
    say("正在整理页面文件…")
    # In a process of its own: whether names carry hashes is decided when the settings are read.
    if not run_child("collectstatic", "--noinput", "--clear", "--verbosity", "0"):
        raise EmbeddedFailure("页面文件没有整理成功，请检查数据目录的权限和磁盘空间。")
    stamp.keep()


def is_command(name: str) -> bool:
    return name in get_commands()


def run_command(name: str, say: Say) -> bool:
    """Run a loader in this process, writing; whether it did all it should."""
    if not is_command(name):
        say(f"注意：没有命令 {name}，已跳过。")
        return False
    try:
        call_command(name, "--commit", verbosity=0, stdout=io.StringIO())
    except CommandError as error:
        raise EmbeddedFailure(f"{name} 没有完成：{error}") from error
    return True


def run_child(name: str, *arguments: str) -> bool:
    """Run a command in a process of its own that shares the terminal; whether it succeeded."""
    manage = settings.BASE_DIR / "manage.py"
    log = log_of(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        command = [sys.executable, str(manage), name, *arguments]
        return subprocess.run(leashed(command), check=False, stderr=errors).returncode == 0


def log_of(name: str) -> Path:
    """Where a child's complaints go; what it reports goes to the terminal."""
    return settings.LAYOUT.logs / f"{name}.log"


def _files(sources: Iterable[Path]) -> list[Path]:
    return [path for source in sources for path in source.rglob("*") if path.is_file()]


def _stamps() -> Path:
    return settings.DATA_DIR / "stamps"
