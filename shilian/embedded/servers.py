"""Both bundled servers together: started when needed, stopped by the last one who leaves."""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

from shilian.embedded import watchdog
from shilian.embedded.failures import EmbeddedFailure, reason
from shilian.embedded.layout import Layout
from shilian.embedded.locks import FileLock, held
from shilian.embedded.postgres import Postgres
from shilian.embedded.redis import Redis
from shilian.embedded.roles import ensure_roles, is_ready


class Servers:
    """The servers of one data directory.

    Every process that uses them shares a lock on ``in_use``; the kernel gives the share back even
    when the process is killed, so the last to leave always knows that it is the last. A watchdog
    stops the servers when the last user was killed.
    """

    def __init__(
        self, layout: Layout, *, postgres: bool = True, redis: bool = True, scratch: bool = False
    ) -> None:
        self.layout = layout
        self.postgres = Postgres(layout, scratch=scratch) if postgres else None
        self.redis = Redis(layout, scratch=scratch) if redis else None
        self._share: FileLock | None = None
        self._alive: FileLock | None = None

    def enter(self) -> None:
        """Start what does not run and keep it running for as long as this process lives.

        Raises: EmbeddedFailure with one Chinese sentence.
        """
        ensure_writable(self.layout.data)
        self._alive = FileLock(self.layout.alive)
        self._alive.share()
        self._share = FileLock(self.layout.in_use)
        self._share.share()
        if not self._all_answer():
            self._start_missing()

    def _start_missing(self) -> None:
        started = False
        with held(self.layout.locks / "starting"):
            if self.postgres:
                started = self.postgres.start()
                ensure_roles(self.postgres)
            if self.redis:
                self._ensure_socket_folder()
                started = self.redis.start() or started
        if started:
            watchdog.watch(self.layout)

    def leave(self) -> None:
        """Stop the servers unless another process still uses them."""
        if self._share is None:
            return
        if self._share.try_hold():
            self.stop()
        self._share.release()
        self._share = None
        if self._alive is not None:
            self._alive.release()
            self._alive = None

    def tend(self) -> str:
        """Start again what has died meanwhile; a sentence about it, empty when all is well.

        A failure is tried again at the next call.
        Cost: two short connections.
        """
        if self._all_answer():
            return ""
        try:
            self._start_missing()
        except EmbeddedFailure as failure:
            return f"{failure}会继续重试。"
        return "数据库或消息服务意外退出，已重新启动。"

    def stop(self) -> None:
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.stop()

    def _all_answer(self) -> bool:
        return (self.postgres is None or is_ready(self.postgres)) and (
            self.redis is None or self.redis.answers()
        )

    def _ensure_socket_folder(self) -> None:
        if not self.layout.sockets.exists():
            self.layout.sockets.mkdir(parents=True, mode=0o700)


def configured_servers() -> Servers:
    """The servers the settings ask for: those without an address of their own."""
    from django.conf import settings

    return Servers(
        settings.LAYOUT, postgres=settings.EMBEDDED_POSTGRES, redis=settings.EMBEDDED_REDIS
    )


def ensure_servers() -> None:
    """Have the servers running until this process ends."""
    servers = configured_servers()
    try:
        servers.enter()
    except EmbeddedFailure as failure:
        raise SystemExit(str(failure)) from failure
    atexit.register(servers.leave)


def ensure_writable(folder: Path) -> None:
    """Raises: EmbeddedFailure when files cannot be made in the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise EmbeddedFailure(
            f"数据目录 {folder} 不能写入（{reason(error)}），请检查权限和磁盘空间，"
            "或用 SHILIAN_DATA_DIR 指定别的目录。"
        ) from error
