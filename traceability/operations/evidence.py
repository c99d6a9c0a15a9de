"""Keeping the papers (凭证) that prove records: re-encoded, by hash, in private storage."""

from __future__ import annotations

import os
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian import safe_files
from shilian.clock import business_day
from shilian.db.ids import new_id
from shilian.problems import Problem, Rejected, errors
from shilian.safe_files import SafeFile, UnsafeFile
from traceability.models import EvidenceDocument, Partner, Product
from traceability.rules import evidence as rules
from traceability.rules.evidence import EvidenceDraft

FOLDER = "evidence"


@transaction.atomic
def store_evidence(
    *,
    by: Actor,
    operator: Operator,
    upload: BinaryIO,
    kind: str,
    at: datetime,
    partner_id: int | None = None,
    product_id: int | None = None,
    number: str = "",
    issued_on: date | None = None,
    valid_until: date | None = None,
) -> EvidenceDocument:
    """Keep one paper of the operator or of one of its partners.

    The same picture of the same partner is kept once: its particulars are brought up to date.
    A supplier's licence also tells the address book until when it is valid.
    Raises: Rejected when the file is unsafe or its particulars cannot be; nothing is kept then.
    """
    by.require(Permission.MANAGE_EVIDENCE, on=operator)
    draft = EvidenceDraft(kind, number.strip(), issued_on, valid_until)
    problems = rules.check_evidence(draft, today=business_day(at))
    problems += _whose_problems(operator, partner_id, product_id)
    safe = _safe_file(upload, problems)
    if safe is None or errors(problems):
        raise Rejected(problems)
    document = _document(operator, draft, partner_id, product_id, safe, by, at)
    if kind == EvidenceDocument.Kind.LICENCE and partner_id and valid_until:
        Partner.objects.filter(operator=operator, pk=partner_id).update(
            licence_valid_until=valid_until
        )
    audit.append(
        by=by,
        at=at,
        event="evidence_stored",
        about=operator,
        subject="evidence",
        subject_id=document.pk,
        kind=kind,
    )
    return document


@transaction.atomic
def retire_evidence(
    *, by: Actor, operator: Operator, document: EvidenceDocument, at: datetime
) -> None:
    """Offer the paper no more; records that name it keep it."""
    by.require(Permission.MANAGE_EVIDENCE, on=operator)
    if document.operator_id != operator.pk:
        raise OutOfScope
    EvidenceDocument.objects.filter(operator=operator, pk=document.pk).update(is_retired=True)
    audit.append(
        by=by,
        at=at,
        event="evidence_retired",
        about=operator,
        subject="evidence",
        subject_id=document.pk,
    )


def file_of(document: EvidenceDocument) -> Path:
    """Where the document's bytes lie."""
    return settings.FILES_DIR / document.file_path


def _whose_problems(
    operator: Operator, partner_id: int | None, product_id: int | None
) -> list[Problem]:
    """Partners and products of others look as if there were none."""
    problems = []
    if partner_id is not None and not _exists(Partner, operator, partner_id):
        message = "没有这个往来单位，请重新选择。"
        problems.append(Problem("partner_unknown", "partner_id", message))
    if product_id is not None and not _exists(Product, operator, product_id):
        problems.append(Problem("product_unknown", "product_id", "没有这个商品，请重新选择。"))
    return problems


def _exists(model: type[Partner] | type[Product], operator: Operator, id_: int) -> bool:
    return model._default_manager.filter(operator=operator, pk=id_).exists()


def _safe_file(upload: BinaryIO, problems: list[Problem]) -> SafeFile | None:
    try:
        return safe_files.make_safe(upload.read(safe_files.MAX_BYTES + 1))
    except UnsafeFile as refused:
        problems.append(Problem(refused.code, "upload", refused.message))
        return None


def _document(
    operator: Operator,
    draft: EvidenceDraft,
    partner_id: int | None,
    product_id: int | None,
    safe: SafeFile,
    by: Actor,
    at: datetime,
) -> EvidenceDocument:
    digest = sha256(safe.content).hexdigest()
    particulars = {
        "product_id": product_id,
        "number": draft.number,
        "issued_on": draft.issued_on,
        "valid_until": draft.valid_until,
    }
    said = {name: value for name, value in particulars.items() if value}
    kept: EvidenceDocument
    kept, _ = EvidenceDocument.objects.update_or_create(
        operator=operator,
        sha256=digest,
        kind=draft.kind,
        partner_id=partner_id,  # type: ignore[misc]
        defaults={**said, "is_retired": False},
        create_defaults={
            **particulars,
            "file_path": _keep(digest, safe),
            "media_type": safe.media_type,
            "byte_count": len(safe.content),
            "uploaded_at": at,
            "uploaded_by": by.person_id,
        },
    )
    return kept


def _keep(digest: str, safe: SafeFile) -> str:
    """Write the bytes under their hash; a file that is there already is the same file."""
    name = f"{FOLDER}/{digest[:2]}/{digest}.{safe.extension}"
    path = Path(settings.FILES_DIR) / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Two threads may keep the same picture at once.
        draft = path.with_name(f"{digest}.{new_id()}.part")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(safe.content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return name
