"""The files of imports: kept under their own hash, looked at before anything parses them."""

from __future__ import annotations

import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

from enterprises.models import ImportSession, Job
from shilian.db.ids import new_id
from shilian.problems import Problem, Rejected
from shilian.sheets import preflight
from shilian.sheets.refusals import Refused

FOLDER = "imports"
BLOCK = 1 << 20
HEAD_BYTES = 4096
MOST_ROWS = 1_048_576
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:[A-Z]+(\d{1,7})"')
# Files beyond this go to the workers for large work, so that small ones never wait behind them.
LARGE_BYTES = 1 << 20


class KeptFile(NamedTuple):
    """Where the file lies below the files' folder, what is in it, and which queue it belongs to."""

    path: str
    sha256: str
    queue: Job.Queue


def keep(upload: BinaryIO, file_name: str) -> KeptFile:
    """Write the file under its hash, block by block.

    Raises: Rejected when it is no sheet; then nothing is kept.
    """
    folder = Path(settings.FILES_DIR) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"{new_id()}.part"
    try:
        digest = _write(upload, draft)
        kind = preflight.inspect(draft)
        preflight.check_name(file_name, kind)
        path = folder / digest[:2] / digest
        path.parent.mkdir(exist_ok=True, mode=0o700)
        is_large = draft.stat().st_size > LARGE_BYTES
        draft.replace(path)
    except Refused as refused:
        raise Rejected([Problem(refused.code, "file", refused.sentence)]) from refused
    finally:
        draft.unlink(missing_ok=True)
    queue = Job.Queue.LARGE if is_large else Job.Queue.SMALL
    return KeptFile(str(path.relative_to(settings.FILES_DIR)), digest, queue)


def _write(upload: BinaryIO, path: Path) -> str:
    """Gives the digest; a file that is too large anyway is not read to its end."""
    digest, size = sha256(), 0
    with path.open("xb") as file:
        while block := upload.read(BLOCK):
            digest.update(block)
            file.write(block)
            size += len(block)
            if size > preflight.MAX_FILE_BYTES:
                break
    return digest.hexdigest()


def file_of(session: ImportSession) -> Path:
    """Where the session's file lies."""
    return Path(settings.FILES_DIR) / session.file_path


def queue_of(session: ImportSession) -> Job.Queue:
    """The queue its work belongs to; FileNotFoundError when the file is gone."""
    is_large = file_of(session).stat().st_size > LARGE_BYTES
    return Job.Queue.LARGE if is_large else Job.Queue.SMALL


def others_wait(session: ImportSession) -> bool:
    """Whether another job waits in the queue of this one. Cost: one query."""
    waiting = Job.objects.filter(state=Job.State.QUEUED, queue=queue_of(session))
    return waiting.exclude(pk=session.job_id or 0).exists()


def estimate_rows(path: Path) -> int:
    """About how many rows the file has, for its progress; 0 when a quick look does not tell."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if _SHEET.fullmatch(name)]
        return max((_stated_rows(archive, name) for name in sheets), default=0)


def _stated_rows(archive: zipfile.ZipFile, name: str) -> int:
    """The last row that the sheet itself states at its beginning; it may be wrong."""
    with archive.open(name) as part:
        found = _DIMENSION.search(part.read(HEAD_BYTES))
    return min(int(found[1]), MOST_ROWS) if found else 0
