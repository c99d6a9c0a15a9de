"""Values from the environment: typed, registered, and refused with one clear sentence.

Every variable the platform reads is read here, so the README's table can be compared with
``REGISTRY``. A secret may also come from a file: ``NAME_FILE`` names it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its name, the default as the README prints it, and what it is for."""

    name: str
    default: str
    meaning: str
    secret: bool = False


class BadSetting(SystemExit):
    """A value that cannot be used; stops the process with the sentence and no traceback."""

    def __init__(self, name: str, chinese: str, english: str) -> None:
        super().__init__(f"设置 {name} 有误：{chinese} ({name}: {english})")


REGISTRY: dict[str, Variable] = {}

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


def text(name: str, default: str = "", *, meaning: str, secret: bool = False) -> str:
    """The value, or the default when the variable is unset or empty."""
    return _raw(name, default, meaning, secret) or default


def flag(name: str, default: bool, *, meaning: str) -> bool:
    raw = _raw(name, "1" if default else "0", meaning).lower()
    if not raw:
        return default
    if raw not in TRUE + FALSE:
        raise BadSetting(name, f"应为 1 或 0，现在是“{raw}”。", f"must be 1 or 0, not '{raw}'.")
    return raw in TRUE


def number(name: str, default: int, *, least: int, most: int, meaning: str) -> int:
    raw = _raw(name, str(default), meaning)
    if not raw:
        return default
    if not raw.isascii() or not raw.isdigit() or not least <= int(raw) <= most:
        raise BadSetting(
            name,
            f"应为 {least} 到 {most} 之间的整数，现在是“{raw}”。",
            f"must be a whole number from {least} to {most}, not '{raw}'.",
        )
    return int(raw)


def choice(name: str, default: str, *, of: Sequence[str], meaning: str) -> str:
    raw = _raw(name, default, meaning) or default
    if raw not in of:
        raise BadSetting(
            name,
            f"只能是 {'、'.join(of)} 之一，现在是“{raw}”。",
            f"must be one of {', '.join(of)}, not '{raw}'.",
        )
    return raw


def words(name: str, default: Sequence[str] = (), *, meaning: str) -> list[str]:
    """The comma-separated values."""
    raw = _raw(name, ",".join(default), meaning)
    return [part.strip() for part in raw.split(",") if part.strip()] if raw else list(default)


def folder(name: str, default: str, *, base: Path, meaning: str) -> Path:
    """An absolute path; a relative one starts at ``base``."""
    return (base / Path(text(name, default, meaning=meaning)).expanduser()).absolute()


def database(name: str, *, meaning: str) -> dict[str, str]:
    """Django's NAME, USER, PASSWORD, HOST and PORT from a URL; empty when unset."""
    raw = text(name, meaning=meaning, secret=True)
    if not raw:
        return {}
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError as error:
        raise BadSetting(name, "不是有效的网址。", f"is not a URL ({error}).") from error
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise BadSetting(
            name,
            "应形如 postgresql://用户:密码@主机:5432/库名。",
            "must look like postgresql://user:password@host:5432/name.",
        )
    return {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
    }


def redis(name: str, *, meaning: str) -> str:
    raw = text(name, meaning=meaning, secret=True)
    if raw and urlsplit(raw).scheme not in ("redis", "rediss", "unix"):
        raise BadSetting(
            name,
            "应以 redis://、rediss:// 或 unix:// 开头。",
            "must start with redis://, rediss:// or unix://.",
        )
    return raw


def _raw(name: str, default: str, meaning: str, secret: bool = False) -> str:
    REGISTRY[name] = Variable(name, default, meaning, secret)
    value = os.environ.get(name, "").strip()
    return value or (_from_file(name) if secret else "")


def _from_file(name: str) -> str:
    path = os.environ.get(f"{name}_FILE", "").strip()
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(
            f"{name}_FILE", f"读不到文件 {path}。", f"cannot read {path}: {error}."
        ) from error
