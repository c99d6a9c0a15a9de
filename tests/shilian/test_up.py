"""The whole start-up as a person sees it, in an installation of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from shilian.embedded.leash import leashed

BASE = settings.BASE_DIR


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="up-", dir=settings.DATA_DIR, ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def environment(folder: Path, port: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SHILIAN_", "DJANGO_"))}
    return kept | {
        "SHILIAN_DATA_DIR": str(folder),
        "PORT": str(port),
        "SHILIAN_DEMO": "0",
        "SHILIAN_WEB_WORKERS": "1",
        "SHILIAN_JOB_WORKERS": "1",
    }


def start(folder: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        leashed([sys.executable, "manage.py", "up"]),
        cwd=BASE,
        env=environment(folder, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def lines_until(process: subprocess.Popen[str], text: str) -> list[str]:
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError("".join(lines))


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=300)
    return output


def ready(port: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60) as response:
        return json.load(response)


def test_it_starts_serves_refuses_a_second_one_and_stops_cleanly(folder):
    port = free_port()
    process = start(folder, port)
    try:
        lines_until(process, "食链已启动")

        assert ready(port)["ok"] is True
        second = finish(start(folder, free_port()))
        assert "已经有一个食链在运行" in second
        assert "Traceback" not in second
        elsewhere = finish(start(folder / "other", port))
        assert f"端口 {port} 已被占用" in elsewhere
    finally:
        process.send_signal(signal.SIGTERM)
        rest = finish(process)
    assert rest.endswith("已停止。\n")
    assert process.returncode == 0
    assert not (folder / "run" / ".s.PGSQL.5432").exists()


def test_after_a_crash_it_starts_again_and_keeps_the_data(folder):
    port = free_port()
    crashed = start(folder, port)
    lines_until(crashed, "食链已启动")
    crashed.kill()
    crashed.communicate()
    port_again = free_port()

    began = time.monotonic()
    process = start(folder, port_again)
    try:
        lines = lines_until(process, "食链已启动")
        assert ready(port_again)["ok"] is True
    finally:
        process.send_signal(signal.SIGINT)
        finish(process)
    assert not any("更新数据库结构" in line for line in lines)
    # Ten seconds are the promise; a machine that runs the suite beside it gets more.
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [("PORT", "千", "应为 1 到 65535"), ("SHILIAN_HTTPS", "也许", "应为 1 或 0")],
)
def test_a_bad_setting_is_one_sentence(folder, name, value, sentence):
    answer = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=BASE,
        env=environment(folder, 8000) | {name: value},
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 1
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr
