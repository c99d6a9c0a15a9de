"""The container files by the rules of their linters, since no engine is here to run them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from shilian import env
from shilian.embedded.processes import processes
from shilian.sheets import photos, preflight

BASE: Path = settings.BASE_DIR
PINNED = re.compile(r".+:[0-9][\w.-]*$")


@pytest.fixture(scope="module")
def dockerfile() -> list[str]:
    """The instructions, each on one line."""
    text = (BASE / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((BASE / "docker-compose.yml").read_text())


def instructions(dockerfile: list[str], name: str) -> list[str]:
    return [line.split(None, 1)[1] for line in dockerfile if line.startswith(f"{name} ")]


def test_base_images_are_pinned(dockerfile):
    images = [line.split(" AS ")[0] for line in instructions(dockerfile, "FROM")]

    assert all(PINNED.match(image) for image in images)


def test_the_last_stage_runs_as_an_ordinary_user(dockerfile):
    last = max(n for n, line in enumerate(dockerfile) if line.startswith("FROM "))
    users = instructions(dockerfile[last:], "USER")

    assert users == ["10001:10001"]


def test_it_copies_what_it_names_and_nothing_remote(dockerfile):
    assert not instructions(dockerfile, "ADD")
    for line in instructions(dockerfile, "COPY"):
        if not line.startswith("--from"):
            *sources, _ = line.split()
            assert all((BASE / source).exists() for source in sources), line
    assert all(line.startswith("[") for line in instructions(dockerfile, "CMD"))
    assert instructions(dockerfile, "HEALTHCHECK")


def test_no_secret_is_written_into_the_image(dockerfile):
    for line in instructions(dockerfile, "ENV") + instructions(dockerfile, "ARG"):
        assert not re.search(r"SECRET|PASSWORD|_URL", line), line


def test_everything_copied_is_let_through_by_dockerignore(dockerfile):
    allowed = {
        line[1:] for line in (BASE / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = {
        source
        for line in instructions(dockerfile, "COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }

    assert copied == allowed


def test_every_service_is_pinned_healthy_and_restarted(compose):
    for name, service in compose["services"].items():
        image = service["image"]
        assert PINNED.match(image) or image.startswith("shilian:"), name
        assert service["restart"] in ("unless-stopped", "no"), name
        assert "healthcheck" in service or name == "web", name


def test_only_the_proxy_opens_ports(compose):
    open_ = [name for name, service in compose["services"].items() if "ports" in service]

    assert open_ == ["proxy"]
    assert compose["networks"]["inside"]["internal"] is True


def test_the_web_server_does_not_hold_the_owners_password(compose):
    services = compose["services"]

    assert "database_owner_url" not in services["web"]["secrets"]
    assert "database_owner_url" in services["worker"]["secrets"]


def is_secret(variable: str) -> bool:
    known = env.REGISTRY.get(variable.removesuffix("_FILE"))
    return known.secret if known else bool(re.search(r"SECRET|PASSWORD|_URL", variable))


def test_codes_to_register_can_leave_and_printed_codes_outlive_the_signing_key(compose):
    web = compose["services"]["web"]

    assert "outside" in web["networks"]
    assert {"SHILIAN_SMS_SENDER", "SHILIAN_SMS_URL", "SHILIAN_SMS_KEY_FILE"} <= set(
        web["environment"]
    )
    assert "SHILIAN_CODE_KEY_FILE" in web["environment"]


def test_the_database_is_healthy_only_once_it_takes_connections_from_the_network(compose):
    probe = compose["services"]["postgres"]["healthcheck"]["test"]

    assert probe[:4] == ["CMD", "pg_isready", "-h", "127.0.0.1"]


def test_every_secret_comes_from_a_file(compose):
    for name, service in compose["services"].items():
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        for variable, value in service.get("environment", {}).items():
            if is_secret(variable):
                assert variable.endswith("_FILE"), variable
                assert value.startswith("/run/secrets/"), variable


def test_every_variable_is_one_the_platform_reads(compose):
    known = set(env.REGISTRY)
    ours = ("web", "worker", "worker-large", "beat", "migrate")
    for name in ours:
        for variable in compose["services"][name]["environment"]:
            plain = variable.removesuffix("_FILE")
            assert plain in known | {"REMAP_SIGTERM", "WORKER"}, variable


def test_the_same_processes_run_in_containers_as_on_a_bare_machine(compose):
    assert {process.name for process in processes()} <= set(compose["services"])
    queues = set()
    for name in ("worker", "worker-large"):
        (option,) = [o for o in compose["services"][name]["command"] if o.startswith("--queues=")]
        queues |= set(option.removeprefix("--queues=").split(","))
    assert queues == {"default", "small", "large"}


def test_redis_keeps_its_messages(compose):
    command = compose["services"]["redis"]["command"]

    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_the_role_script_is_valid_shell():
    subprocess.run(["bash", "-n", BASE / "docs/deploy/roles.sh"], check=True)


def test_the_proxy_lets_through_every_file_that_the_platform_takes():
    text = (BASE / "docs/deploy/Caddyfile").read_text()
    bulk = re.search(r"@bulk path (.+)\n\trequest_body @bulk {\n\t\tmax_size (\d+)MB", text)
    ordinary = re.search(r"@ordinary not path (.+)\n\trequest_body @ordinary {", text)

    assert bulk
    assert ordinary
    assert bulk[1] == ordinary[1]
    pages = ("traceability:imports", "traceability:photo_match", "enterprises:roster")
    assert bulk[1].split() == [reverse(page) for page in pages]
    largest = max(preflight.MAX_FILE_BYTES, photos.MAX_ZIP_BYTES)
    assert int(bulk[2]) * 1_000_000 > largest * 1.01
