"""The signing key of an installation that was not given one."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from shilian.embedded.failures import reason
from shilian.env import BadSetting


def stored_key(path: Path) -> str:
    """The key in the file; made once, readable by its owner alone.

    Raises: BadSetting when the data directory cannot be written or the key not be read.
    """
    try:
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BadSetting(
            "SHILIAN_DATA_DIR",
            f"数据目录 {path.parent} 不能读写（{reason(error)}），请检查权限和磁盘空间，"
            "或指定别的目录。",
            f"cannot read or write {path.parent}.",
        ) from error


def _make(path: Path) -> None:
    """The key is written beside the file and linked into place, so two processes that start at
    the same moment agree on one key and never read half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
