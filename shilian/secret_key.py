"""The signing key of an installation that was not given one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def stored_key(path: Path) -> str:
    """The key in the file; made once, readable by its owner alone.

    The key is written beside the file and linked into place, so two processes that start at the
    same moment agree on one key and never read half of it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            draft.unlink()
        else:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
