"""What can keep the embedded servers from running, as one Chinese sentence."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

SMALL_BYTES = 1024 * 1024
REASONS = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘是只读的",
    errno.ENOTDIR: "它不是文件夹",
    errno.EEXIST: "它不是文件夹",
}


class EmbeddedFailure(Exception):
    """The servers cannot run; the message tells the person at the terminal what to do."""


def reason(error: OSError) -> str:
    """Why the system refused, in the words of the person at the terminal."""
    return REASONS.get(error.errno or 0, error.strerror or str(error))


def is_full(folder: Path) -> bool:
    """Whether the disk of the folder has no room left for even a small file."""
    return shutil.disk_usage(folder).free < SMALL_BYTES
