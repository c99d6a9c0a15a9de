from __future__ import annotations

import json
from collections import namedtuple

import pytest
from django.core.management import call_command

from shilian import checkup

Usage = namedtuple("Usage", "total used free")
GB = 1024**3


def test_healthz_needs_nothing(client):
    assert client.get("/healthz").json() == {"ok": True}


@pytest.mark.django_db
def test_readyz_is_ready_when_every_part_is(client):
    checkup.beat()

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["ok"] is True
    assert list(answer.json()["parts"]) == ["database", "broker", "migrations", "worker", "disk"]


@pytest.mark.django_db
def test_readyz_says_in_chinese_what_is_missing(client):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["worker"] == {"ok": False, "detail": "后台任务进程没有动静。"}


@pytest.mark.django_db
def test_without_redis_the_worker_is_not_asked(client, settings):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"

    parts = client.get("/readyz").json()["parts"]

    assert not parts["broker"]["ok"]
    assert parts["worker"]["detail"] == "消息服务不通，未检查。"


@pytest.mark.parametrize(
    ("total_gb", "free_gb", "ok"),
    [(100, 50, True), (100, 10, True), (100, 9.9, False), (10, 2, True), (10, 1.9, False)],
)
def test_a_disk_is_low_below_a_tenth_or_two_gigabytes(monkeypatch, total_gb, free_gb, ok):
    usage = Usage(int(total_gb * GB), 0, int(free_gb * GB))
    monkeypatch.setattr(checkup.shutil, "disk_usage", lambda folder: usage)

    assert checkup.check_disk().ok is ok


@pytest.mark.django_db
def test_the_doctor_reports_every_part_as_json(capsys):
    checkup.beat()

    call_command("doctor", "--json")

    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert {"data_dir", "program", "database", "partitions"} <= set(report["parts"])


@pytest.mark.django_db
def test_the_doctor_fails_when_something_is_wrong(capsys):
    with pytest.raises(SystemExit):
        call_command("doctor")

    assert "有问题　后台任务进程没有动静。" in capsys.readouterr().out
