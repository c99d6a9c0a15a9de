#!/usr/bin/env python
"""The platform's command line; starts the bundled servers when a command needs them."""

from __future__ import annotations

import os
import sys

# These start the servers themselves, or need none.
WITHOUT_SERVERS = {
    "up",
    "doctor",
    "help",
    "version",
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "startapp",
    "spectacular",
    "bench",
    "chaos",
}


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shilian.settings")
    command = next((word for word in arguments[1:] if not word.startswith("-")), "help")
    if command not in WITHOUT_SERVERS and not {"--help", "-h", "--version"} & set(arguments):
        from shilian.embedded.servers import ensure_servers

        ensure_servers()
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
