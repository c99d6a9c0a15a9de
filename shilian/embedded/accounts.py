"""The system account the embedded PostgreSQL runs under; it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from shilian.embedded.failures import EmbeddedFailure

OWN_ACCOUNT = "shilian"


def server_account() -> pwd.struct_passwd | None:
    """The account to switch to; None when the platform itself runs as an ordinary user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", OWN_ACCOUNT):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return _made_account()


def hand_over(folder: Path, account: pwd.struct_passwd | None) -> None:
    """Make a private folder that the account owns and can reach."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account is None:
        return
    os.chown(folder, account.pw_uid, account.pw_gid)
    open_way(folder)


def open_way(path: Path) -> None:
    """Let other accounts pass through the folders above (not list them)."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o011)


def _made_account() -> pwd.struct_passwd:
    if shutil.which("useradd"):
        subprocess.run(
            [
                "useradd",
                "--system",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                OWN_ACCOUNT,
            ],
            check=False,
            capture_output=True,
        )
    for name in (OWN_ACCOUNT, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedFailure(
        "以 root 运行时需要一个普通系统账号来启动内置数据库，请改用普通用户运行。"
    )
