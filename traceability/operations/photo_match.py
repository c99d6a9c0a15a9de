"""Photos of papers in one .zip: each goes to the records that its name means."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from enterprises.actor import Actor
from enterprises.jobs import JobFailed, Run
from enterprises.models import ImportRow, ImportSession, Job, Operator
from enterprises.operations import audit, jobs
from enterprises.roles import Permission
from shilian import clock
from shilian.db.ids import new_id
from shilian.problems import Problem, Rejected
from shilian.sheets import photos as archives
from shilian.sheets.photos import Photo
from shilian.sheets.refusals import Refused
from traceability.models import Channel, EvidenceDocument
from traceability.operations import evidence, import_files, photo_records
from traceability.operations.photo_records import Papered
from traceability.queries import photos as queries

JOB_KIND = "photo_match"
NO_RECORD = (
    "没有找到对应的进货、销售或出厂检验记录。请把文件名改成凭证号、检验合格证号、生产批号，"
    "或“供货者或购货者名称＋日期”（如 泉润粮油店20260401）。"
)
TOO_COMMON = (
    f"文件名里的编号对上了 {queries.MOST_RECORDS} 条以上的记录，分不清是哪一笔。请把文件名改成凭证号，"
    "或“供货者或购货者名称＋日期”（如 泉润粮油店20260401）。"
)
State, Outcome = ImportSession.State, ImportRow.Outcome


def start_photos(
    *, by: Actor, operator: Operator, upload: BinaryIO, file_name: str, at: datetime
) -> ImportSession:
    """Keep the archive and have its photos matched.

    Raises: Rejected when it is no archive of photos; then nothing is kept.
    """
    _require(by, operator)
    path, digest = _keep(upload)
    session = ImportSession(
        kind=queries.KIND,
        file_name=file_name[:200],
        file_path=path,
        sha256=digest,
        person_id=by.person_id,
        operator_id=operator.pk,
        county_id=operator.county_id,
        created_at=at,
    )
    with transaction.atomic():
        job = jobs.enqueue(
            by=by,
            kind=JOB_KIND,
            payload={"session_id": session.pk},
            operator=operator,
            queue=Job.Queue.LARGE,
            at=at,
        )
        session.job_id = job.pk
        session.save(force_insert=True)
        _note(by, operator, session, "photos_uploaded", at)
    return session


def _require(by: Actor, operator: Operator) -> None:
    for permission in (
        Permission.IMPORT_RECORDS,
        Permission.MANAGE_EVIDENCE,
        Permission.RECORD_PURCHASES,
    ):
        by.require(permission, on=operator)


def _note(
    by: Actor, operator: Operator, session: ImportSession, event: str, at: datetime, **more: Any
) -> None:
    said = {"subject": "ImportSession", "subject_id": session.pk, **more}
    audit.append(by=by, at=at, event=event, about=operator, **said)


def _keep(upload: BinaryIO) -> tuple[str, str]:
    """Write the archive under its hash and look at it; raises Rejected when it is none."""
    folder = Path(settings.FILES_DIR) / import_files.FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f"{new_id()}.part"
    digest, size = sha256(), 0
    try:
        with draft.open("xb") as file:
            while size <= archives.MAX_ZIP_BYTES and (block := upload.read(import_files.BLOCK)):
                digest.update(block)
                file.write(block)
                size += len(block)
        archives.inspect_photos(draft)
        path = folder / digest.hexdigest()[:2] / digest.hexdigest()
        path.parent.mkdir(exist_ok=True, mode=0o700)
        draft.replace(path)
    except Refused as refused:
        raise Rejected([Problem(refused.code, "archive", refused.sentence)]) from refused
    finally:
        draft.unlink(missing_ok=True)
    return str(path.relative_to(settings.FILES_DIR)), digest.hexdigest()


def match_photos(run: Run) -> dict[str, Any]:
    """Give each photo to its records; every photo commits with its progress.

    Raises: JobFailed when the archive can no longer be read.
    """
    session = ImportSession.objects.get(pk=run.payload["session_id"])
    by = run.actor(channel=Channel.SHEET)
    operator = Operator.objects.get(pk=session.operator_id or 0)
    _require(by, operator)
    path = import_files.file_of(session)
    try:
        found = archives.inspect_photos(path)
        total = len(found.paths)
        for place, photo in enumerate(archives.entries(path), start=1):
            if place > run.done_count:
                _match(run, by, operator, session, photo, place, total)
                run.pause_if_due()
    except (Refused, FileNotFoundError) as refused:
        sentence = getattr(refused, "sentence", "照片压缩包已不在，请重新上传。")
        _end(session, State.REFUSED, {}, sentence)
        raise JobFailed(sentence) from refused
    return _finish(by, operator, session, found.skipped)


def _match(
    run: Run,
    by: Actor,
    operator: Operator,
    session: ImportSession,
    photo: Photo,
    place: int,
    total: int,
) -> None:
    at = clock.now()
    with transaction.atomic():
        verdict = _attach(by, operator, photo, at)
        ImportRow.objects.create(
            session=session,
            row_no=place,
            outcome=verdict.outcome,
            raw={"name": photo.path},
            values={"way": verdict.way, "count": verdict.count, "kind": verdict.kind},
            problems=[{"message": verdict.message}] if verdict.message else [],
            record_id=verdict.record_id,
        )
        run.progress(place, total, "正在对照片")


@dataclass(frozen=True, slots=True)
class _Verdict:
    outcome: str
    message: str = ""
    way: str = ""
    count: int = 0
    record_id: int | None = None
    kind: str = ""


def _attach(by: Actor, operator: Operator, photo: Photo, at: datetime) -> _Verdict:
    """Keep the photo and name it in the records it belongs to: all of them, or none."""
    found = queries.belonging(operator, photo.name)
    if not found.records:
        return _Verdict(Outcome.BAD, TOO_COMMON if found.is_too_common else NO_RECORD)
    try:
        with transaction.atomic():
            document = _document(by, operator, found.records, photo, at)
            made = [
                photo_records.name_photo(
                    by=by, operator=operator, record=row, document=document, at=at
                )
                for row in found.records
                if document.pk not in row.evidence_ids
            ]
    except Rejected as refused:
        return _Verdict(Outcome.BAD, "".join(problem.message for problem in refused.problems))
    first, count = found.records[0], len(found.records)
    kind = photo_records.kind_of(first)
    if not made:
        message = "这张照片已经在记录上。"
        return _Verdict(Outcome.SAME, message, found.way, count, first.pk, kind)
    return _Verdict(Outcome.WRITTEN, "", found.way, count, made[0].pk, kind)


def _document(
    by: Actor, operator: Operator, rows: Sequence[Papered], photo: Photo, at: datetime
) -> EvidenceDocument:
    partners = {getattr(row, "partner_id", None) for row in rows}
    numbers = {photo_records.number_of(row) for row in rows}
    return evidence.store_evidence(
        by=by,
        operator=operator,
        upload=io.BytesIO(photo.content),
        kind=photo_records.paper_kind_of(rows[0]),
        at=at,
        partner_id=partners.pop() if len(partners) == 1 else None,
        number=numbers.pop() if len(numbers) == 1 else "",
    )


def _finish(
    by: Actor, operator: Operator, session: ImportSession, skipped: dict[str, str]
) -> dict[str, Any]:
    rows = ImportRow.objects.filter(session=session)
    good = rows.filter(outcome__in=[Outcome.WRITTEN, Outcome.SAME]).count()
    bad = rows.filter(outcome=Outcome.BAD).count()
    counted = {"written": good, "bad": bad, "skipped": len(skipped)}
    parts = [f"对上 {good:,} 张"] + [f"{bad:,} 张没对上"] * bool(bad)
    parts += [f"{len(skipped):,} 个不是能用的照片"] * bool(skipped)
    with transaction.atomic():
        ended = _end(session, State.DONE, counted | {"left_out": skipped}, "，".join(parts) + "。")
        if ended:
            _note(by, operator, session, "photos_matched", clock.now(), count=good)
    return counted


def _end(session: ImportSession, state: str, summary: dict[str, Any], message: str) -> int:
    open_ = ImportSession.objects.filter(pk=session.pk, state=State.READING)
    return open_.update(
        state=state, summary=summary, message=message[:300], finished_at=clock.now()
    )
