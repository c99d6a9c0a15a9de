"""Ends what a killed process could not end itself: its servers, its scratch folder.

A watchdog is a small process of its own session. It waits for a lock that every user of the servers
shares; the kernel gives the share back however a process ends, so the watchdog wakes when the last
user is gone, killed or not.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from shilian.embedded.layout import Layout
from shilian.embedded.locks import FileLock

REMOVAL_SECONDS = 60
PROJECT = Path(__file__).resolve().parents[2]
# Forks before it imports anything: the launcher ends at once, and nobody waits for the watchdog.
LAUNCH = """
import os, sys
if not os.fork():
    from shilian.embedded.watchdog import main
    main(*sys.argv[1:])
"""


def watch(layout: Layout, *, remove: bool = False) -> None:
    """Start a watchdog over the data directory; ``remove`` has it delete the folder at the end.

    The caller shares the lock ``layout.alive``. A second watchdog waits for the first to end.
    """
    flags = ["--remove"] if remove else []
    # Waits for the launcher only, which leaves the watchdog itself to the system.
    subprocess.run(
        [sys.executable, "-c", LAUNCH, str(layout.data), *flags],
        check=False,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def main(data: str, *flags: str) -> None:
    """Wait for the end of every user, and tidy up after them."""
    layout = Layout(Path(data))
    # Opened before the wait: making a lock file later would bring a removed folder back.
    duty = FileLock(layout.locks / f"watchdog{''.join(flags)}")
    alive, use = FileLock(layout.alive), FileLock(layout.in_use)
    duty.hold()
    alive.hold()
    # Unless somebody new has come meanwhile, who brought a watchdog along.
    if use.try_hold():
        _stop_servers(layout)
        if "--remove" in flags:
            _remove(layout.data)


def _stop_servers(layout: Layout) -> None:
    # Imported when there is something to do: a watchdog that waits should weigh little.
    from shilian.embedded.servers import Servers

    Servers(layout).stop()


def _remove(folder: Path) -> None:
    """Delete the folder, also while processes that are about to end still write into it."""
    deadline = time.monotonic() + REMOVAL_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.1)
