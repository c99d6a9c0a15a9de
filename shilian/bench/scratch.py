"""An installation of its own for measurements: never the user's data, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from shilian.embedded import watchdog
from shilian.embedded.layout import Layout
from shilian.embedded.leash import leashed
from shilian.embedded.locks import FileLock
from shilian.embedded.servers import Servers

FOREIGN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A data directory beside the user's own, on the same disk; gone even if the run is killed."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=settings.DATA_DIR))
    layout = Layout(folder)
    alive = FileLock(layout.alive)
    alive.share()
    watchdog.watch(layout, remove=True)
    try:
        yield folder
    finally:
        Servers(layout).stop()
        shutil.rmtree(folder, ignore_errors=True)
        alive.release()


def run_inside(folder: Path, *arguments: str) -> int:
    """Run ``manage.py`` with the scratch installation's settings; its exit code."""
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment["SHILIAN_DATA_DIR"] = str(folder)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return subprocess.run(leashed(command), check=False, env=environment).returncode
