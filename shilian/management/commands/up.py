"""Start the whole platform on this machine, keep it running, and stop it cleanly."""

from __future__ import annotations

import json
import signal
import sys
import time
import traceback
import urllib.error
import urllib.request
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shilian.embedded import preparation
from shilian.embedded.failures import EmbeddedFailure
from shilian.embedded.locks import FileLock
from shilian.embedded.processes import processes
from shilian.embedded.servers import Servers, configured_servers, ensure_writable
from shilian.embedded.supervisor import Supervisor, end_orphans

READY_SECONDS = 90
TEND_SECONDS = 1.0


class Command(BaseCommand):
    help = "启动食链：数据库、消息服务、网页、后台任务；Ctrl-C 停止"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self._stopping = Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        servers: Servers | None = None
        try:
            lock = self._only_instance()
            servers = configured_servers()
            self._prepare(servers)
            self._run(servers)
        except EmbeddedFailure as failure:
            self.stderr.write(str(failure))
            sys.exit(1)
        except Interrupted:
            self._say("已中止启动。")
        except Exception:
            # The edge: a person at a terminal gets a sentence, the log gets the rest.
            self._write_log(traceback.format_exc())
            sys.exit(1)
        finally:
            if servers is not None:
                servers.leave()
        lock.release()
        self._say("已停止。")

    def _stop(self, number: int, frame: Any) -> None:
        """Before the children run a signal ends the preparation; later it ends the watch."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if not getattr(self, "_watching", False):
            raise Interrupted

    def _only_instance(self) -> FileLock:
        ensure_writable(settings.DATA_DIR)
        lock = FileLock(settings.LAYOUT.locks / "up")
        if not lock.try_hold():
            raise EmbeddedFailure(
                f"数据目录 {settings.DATA_DIR} 已经有一个食链在运行；"
                "要同时运行第二个，请用 SHILIAN_DATA_DIR 和 PORT 指定另外的目录和端口。"
            )
        return lock

    def _prepare(self, servers: Servers) -> None:
        self._record = settings.LAYOUT.locks / "children.json"
        if ended := end_orphans(self._record):
            self._say(f"上次没有正常停止，已结束遗留的 {ended} 个进程。")
        preparation.ensure_disk_has_room(settings.DATA_DIR, self._say)
        preparation.ensure_port_is_free(settings.HOST, settings.PORT)
        self._say("正在启动数据库和消息服务…")
        servers.enter()
        preparation.migrate(self._say)
        preparation.load_reference_data(self._say)
        preparation.load_demonstration(self._say)
        preparation.collect_static(self._say)

    def _run(self, servers: Servers) -> None:
        supervisor = Supervisor(
            processes(), logs=settings.LAYOUT.logs, record=self._record, say=self._say
        )
        self._say("正在启动网页和后台任务…")
        self._watching, self._reported, self._late = True, "", False
        try:
            supervisor.start()
            announced, deadline = False, time.monotonic() + READY_SECONDS
            while not self._stopping.wait(0.2 if not announced else TEND_SECONDS):
                supervisor.tend()
                self._report(servers.tend())
                if not announced:
                    announced = self._announce_when_ready(deadline)
        finally:
            self._say("正在停止…")
            supervisor.stop()

    def _report(self, sentence: str) -> None:
        """What lasts is said once, not every second."""
        if sentence and sentence != self._reported:
            self._say(sentence)
        self._reported = sentence

    def _announce_when_ready(self, deadline: float) -> bool:
        failing = _failing_parts()
        if not failing:
            self._announce()
            return True
        if time.monotonic() > deadline and not self._late:
            self._late = True
            self._say("启动比平常慢，仍在等待：" + "".join(failing))
            self._say(f"日志在 {settings.LAYOUT.logs}。")
        return False

    def _announce(self) -> None:
        self._say("")
        self._say(f"食链已启动：{_address()}")
        if preparation.is_command("demo_logins") and settings.LOAD_DEMO:
            preparation.run_child("demo_logins")
        self._say("按 Ctrl-C 停止。")

    def _write_log(self, text: str) -> None:
        log = preparation.log_of("up")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(text)
        self.stderr.write(f"出现意外错误，食链没有启动或已停止；详情见 {log}。")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


class Interrupted(Exception):
    """A signal arrived before there was anything to watch."""


def _address() -> str:
    host = settings.HOST
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{settings.PORT}/"


def _failing_parts() -> list[str]:
    """What /readyz still complains about; empty when everything is ready."""
    request = urllib.request.Request(f"{_address()}readyz", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=5):
            return []
    except urllib.error.HTTPError as error:
        with error:
            return _complaints(error.read())
    except OSError:
        return ["网页服务还没有应答。"]


def _complaints(body: bytes) -> list[str]:
    try:
        parts = json.loads(body)["parts"].values()
    except (ValueError, KeyError, AttributeError):
        return ["网页服务应答有误。"]
    # A full disk is a warning of its own, not a reason to keep the doors shut.
    waited = [part["detail"] for part in parts if not part["ok"] and "磁盘" not in part["detail"]]
    return waited
