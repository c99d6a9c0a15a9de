"""The platform's settings over servers of the test run's own, below a temporary folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# Kept for the test session's helpers; everything else a developer has set must not leak in.
KEPT = (
    "SHILIAN_TEST_DATA_DIR",
    "SHILIAN_TEST_OWNER",
    "SHILIAN_TEST_DATABASE",
    "SHILIAN_TEST_REDIS",
    "SHILIAN_REQUIRE_BROWSER",
)
FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PORT")


def _data_dir() -> Path:
    """One folder for the whole session: the first process makes it, xdist workers inherit it."""
    if "SHILIAN_TEST_DATA_DIR" not in os.environ:
        os.environ["SHILIAN_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="shilian-test-")
        os.environ["SHILIAN_TEST_OWNER"] = str(os.getpid())
    return Path(os.environ["SHILIAN_TEST_DATA_DIR"])


for _name in list(os.environ):
    if _name in FOREIGN or (_name.startswith("SHILIAN_") and _name not in KEPT):
        del os.environ[_name]
os.environ["SHILIAN_DATA_DIR"] = str(_data_dir())

from shilian.settings import *  # noqa: E402, F403
from shilian.settings import CACHES, DATABASES, LAYOUT, STATIC_ROOT  # noqa: E402

# Each worker has its own; a process that a test starts is told to use the same.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
REDIS_NUMBER = os.environ.get("SHILIAN_TEST_REDIS") or WORKER.removeprefix("gw").replace(
    "main", "0"
)
REDIS_URL = f"unix://{LAYOUT.redis_socket}?db={REDIS_NUMBER}"
CACHES["default"]["LOCATION"] = REDIS_URL
DATABASES["default"]["CONN_MAX_AGE"] = 0
for _database in DATABASES.values():
    _database["NAME"] = os.environ.get("SHILIAN_TEST_DATABASE") or f"test_{WORKER}"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
# Each test client would read the whole folder of static files first; this looks when asked.
WHITENOISE_AUTOREFRESH = True
# The folder that collecting the static files would make; without it every request warns.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
