"""The life of the process: ``child.py FILE KIND``.

It limits its own memory and time, opens no connection and starts nothing. It prints
``{"book": [{"title", "state", "merged", "is_1904", "rows"}, …]}``, waits for the title to read on its standard
input (none: it ends), prints the rows and ``{"end": rows}``; or at any time ``{"refused": code}``.
Its death is a refusal, not a failure of ours.
"""

from __future__ import annotations

import gc
import io
import json
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any, Protocol

from . import books, texts, wire

# With the process that listens at most 512 MB; measured on the largest files that are accepted.
MEMORY_BYTES = 400 * 1024 * 1024
# Ten times what the slower reader takes for the same bytes.
BASE_CPU_SECONDS = 8
CPU_SECONDS_PER_MEGABYTE = 0.4
# No accepted workbook inflates to more; what a directory claims beyond is a lie.
MAX_MEGABYTES = 1050


class Source(Protocol):
    """What can be read: its sheets with their first rows, and all rows of one of them."""

    def heads(self) -> list[dict[str, Any]]: ...

    def rows(self, title: str) -> Any: ...


def main(path: str, kind: str) -> None:
    # The text goes out as it is; half of a character pair must not stop the sheet.
    sys.stdout = io.TextIOWrapper(
        sys.stdout.buffer, encoding="utf-8", errors="replace", newline="\n", write_through=False
    )
    try:
        limit_self(Path(path), kind)
        # Nothing here refers back to itself; looking for such things costs a third of the time.
        gc.disable()
        answer(texts.Text(Path(path)) if kind == "csv" else books.Book(Path(path)))
    except wire.Stop as refusal:
        wire.send({"refused": str(refusal)})
    except MemoryError:
        wire.send({"refused": "workbook_inflates"})
    except Exception:
        # Whatever a parser trips over in a stranger's file, the sender is told the same.
        wire.send({"refused": "sheet_unreadable"})
    sys.stdout.flush()


def limit_self(path: Path, kind: str) -> None:
    seconds = int(BASE_CPU_SECONDS + CPU_SECONDS_PER_MEGABYTE * _megabytes(path, kind))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_no_network)


def _megabytes(path: Path, kind: str) -> float:
    if kind == "csv":
        return path.stat().st_size / 2e6
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist()) / 1e6
            return min(size, MAX_MEGABYTES)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise wire.Stop("workbook_damaged") from None


def _no_network(event: str, _: Any) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "os.fork", "urllib.")):
        raise wire.Stop("workbook_suspicious")


def answer(source: Source) -> None:
    heads = source.heads()
    if not any(head["rows"] for head in heads):
        raise wire.Stop("sheet_empty")
    wire.send({"book": heads})
    if chosen := sys.stdin.readline():
        count = wire.send_rows(source.rows(json.loads(chosen)))
        wire.send({"end": count})
