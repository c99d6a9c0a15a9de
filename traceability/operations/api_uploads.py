"""Items that a signed request brings: recorded once, answered the same every time.

Everything happens in one transaction: the lock on the idempotency key, the records, the sender's
numbers and the answer. A process that dies half way leaves nothing, and a repeated call finds all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from psycopg import Error as PostgresError

from enterprises.models import ApiUpload, Operator, SandboxTrial, UploadedItem
from enterprises.operations import systems, trials
from enterprises.operations.api_requests import Caller
from enterprises.operations.trials import Verdict
from shilian.clock import business_day, month_of
from shilian.db.copy import FEW, copy_lines, inserting, text_value
from shilian.db.ids import new_id, new_ids
from shilian.db.together import Statement, execute_together
from shilian.problems import Problem, errors
from shilian.sheets.reader import Cell
from traceability.operations import alike, writing
from traceability.operations.api_receipts import Told, codes_of, status_of, text_of
from traceability.operations.intake import Status, Unstored, take_in
from traceability.queries import uploads
from traceability.queries.uploads import Known
from traceability.rules.lateness import is_late
from traceability.sheets.base import Line, SheetKind
from traceability.sheets.quick import quick_items

RETRIES = 3
_UPLOADS = ApiUpload._meta.db_table
# What two calls that overtake each other run into.
ONCE = frozenset({"upload_once_per_key", "item_once_per_system"})
# The operator's turn (``writing.take_turns``) is waited for only by whoever has no answer yet.
_CLAIM = f"""
WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%s) AS held),
kept AS MATERIALIZED (SELECT request_hash, status, answer FROM {_UPLOADS}
  WHERE api_key_id = %s AND idempotency_key = %s),
turn AS MATERIALIZED (SELECT id FROM {Operator._meta.db_table}
  WHERE id = %s AND (SELECT held FROM mine) AND NOT EXISTS (SELECT FROM kept)
  FOR NO KEY UPDATE)
SELECT mine.held, kept.request_hash, kept.status, kept.answer, (SELECT count(*) FROM turn)
FROM mine LEFT JOIN kept ON true"""
_KEEP = (
    f"INSERT INTO {_UPLOADS} ({', '.join(str(f.column) for f in ApiUpload._meta.concrete_fields)})"
    f" VALUES ({', '.join(['%s'] * len(ApiUpload._meta.concrete_fields))})"
)
_ITEM_COLUMNS = [str(field.column) for field in UploadedItem._meta.concrete_fields]


class Running(Exception):
    """The same idempotency key is being worked on at this moment."""


class OtherBody(Exception):
    """The idempotency key was used for something else."""


class _Overtaken(Exception):
    """Another call recorded one of the items between our look and our write."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing sent: the sender's own number, what it says by field, and a digest of that."""

    external_id: str
    texts: dict[str, str]
    digest: bytes
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one call brings, for whom, and how it is to be taken in."""

    kind: SheetKind
    operator: Operator
    items: Sequence[Item]
    is_batch: bool
    atomic: bool = False
    idempotency_key: str = ""
    request_hash: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the JSON text that answer a call; a replay was recorded by an earlier one."""

    status: int
    text: bytes
    is_replay: bool = False


def upload(*, caller: Caller, parcel: Parcel, at: datetime) -> Answer:
    """Record what is good of the parcel; of an atomic one all or nothing.

    A repeated call with the same body gets the stored answer. A call of which nothing was taken in
    leaves no answer, so that it may be sent again with the same idempotency key when corrected.
    Raises: Running, OtherBody; Forbidden or OutOfScope for what the key may not do; Rejected for a
    kind that the system is not registered for.
    """
    caller.actor.require(parcel.kind.permission, on=parcel.operator)
    systems.check_kind(caller.system, parcel.kind.code)
    hopeful, operator = True, parcel.operator
    begun = operator.state, operator.using_at
    for _ in range(RETRIES):
        try:
            with transaction.atomic():
                return _upload(caller, parcel, at, hopeful=hopeful)
        except (_Overtaken, Unstored) as undone:
            hopeful = hopeful and not isinstance(undone, Unstored)
            operator.state, operator.using_at = begun
    raise Running


def dry_run(*, caller: Caller, parcel: Parcel, at: datetime) -> Answer:
    """The answer that ``upload`` would give now; nothing is written but that it was tried.

    The items really are recorded and then taken back, so no verdict can differ from an upload's.
    Raises: Forbidden, OutOfScope, Rejected as an upload does.
    """
    caller.actor.require(parcel.kind.permission, on=parcel.operator)
    systems.check_kind(caller.system, parcel.kind.code)
    with transaction.atomic():
        writing.take_turns(parcel.operator)
        [known] = execute_together(_known_statement(caller, parcel))
        told = _take(caller, parcel, uploads.known_from(known), at)
        transaction.set_rollback(True)
    tried = {each.record_id for each in told if each.status == Status.RECORDED}
    for each in told:
        if each.record_id in tried:
            each.record_id = None
    status = status_of(told, is_batch=parcel.is_batch)
    trials.keep_trial(
        by=caller.actor,
        operator=parcel.operator,
        system=caller.system,
        door=SandboxTrial.Door.API,
        verdict=_verdict(parcel, told),
        at=at,
    )
    return Answer(status, text_of(parcel.kind.code, told, {}, status, upload_id=None))


def _verdict(parcel: Parcel, told: Sequence[Told]) -> Verdict:
    refused = [each for each in told if each.status == Status.REFUSED]
    return Verdict(
        record_kind=parcel.kind.code,
        sent=len(told),
        good=len(told) - len(refused),
        warned=sum(bool(each.problems) and each.status != Status.REFUSED for each in told),
        errors=_first_codes(refused),
        problems=[
            {
                "row": each.position,
                "code": p.code,
                "field": p.field,
                "message": p.message,
                "severity": p.severity,
            }
            for each in told
            for p in each.problems
        ],
    )


def _first_codes(refused: Sequence[Told]) -> Counter[str]:
    """How many items were refused for which first reason."""
    found = (next(iter(errors(each.problems)), None) for each in refused)
    return Counter(problem.code for problem in found if problem)


def _upload(caller: Caller, parcel: Parcel, at: datetime, *, hopeful: bool) -> Answer:
    earlier, known = _claim(caller, parcel)
    if earlier is not None:
        return earlier
    told = _take(caller, parcel, known, at, hopeful=hopeful)
    status = status_of(told, is_batch=parcel.is_batch)
    upload_id = new_id()
    codes = codes_of(parcel.kind.code, parcel.operator, told)
    accepted = [each for each in told if each.status != Status.REFUSED]
    text = text_of(parcel.kind.code, told, codes, status, upload_id=upload_id if accepted else None)
    kept: list[Statement] = []
    try:
        if accepted:
            kept += _keep_numbers(caller, parcel, accepted, upload_id)
            kept.append(_answer_of(caller, parcel, upload_id, status, text, len(accepted), at))
        _count(caller, parcel, told, at, along=kept)
    except IntegrityError as refused:
        # A number was remembered meanwhile, or the one who had the lock before us committed between
        # our look and the lock.
        if _constraint_of(refused) not in ONCE:
            raise
        raise _Overtaken from None
    return Answer(status, text)


def _constraint_of(refused: IntegrityError) -> str | None:
    cause = refused.__cause__
    return cause.diag.constraint_name if isinstance(cause, PostgresError) else None


def _claim(caller: Caller, parcel: Parcel) -> tuple[Answer | None, Mapping[str, Known]]:
    """The answer of an earlier call with this idempotency key; or else the items that are recorded.

    In that case it is the operator's turn from now on. Raises: Running, OtherBody.
    """
    name = f"{caller.key.pk}:{parcel.idempotency_key}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    # The lock is held until the transaction ends, however it ends; a crash leaves nothing.
    asked = (number, caller.key.pk, parcel.idempotency_key, parcel.operator.pk)
    claim = Statement(_CLAIM, asked)
    [claimed], known = execute_together(claim, _known_statement(caller, parcel))
    is_ours, request_hash, status, answer, _ = claimed
    if not is_ours:
        raise Running
    if status is None:
        return None, uploads.known_from(known)
    if bytes(request_hash) != parcel.request_hash:
        raise OtherBody
    return Answer(status, answer.encode(), is_replay=True), {}


def _known_statement(caller: Caller, parcel: Parcel) -> Statement:
    numbers = [item.external_id for item in parcel.items]
    return uploads.known_statement(
        caller.actor, caller.system, parcel.operator, parcel.kind.code, numbers
    )


def _take(
    caller: Caller,
    parcel: Parcel,
    known: Mapping[str, Known],
    at: datetime,
    *,
    hopeful: bool = False,
) -> list[Told]:
    """Every item with what became of it, in their order. Raises: Unstored when ``hopeful``."""
    told: list[Told] = []
    lines: list[Line] = []
    month = month_of(business_day(at))
    seen: set[str] = set()
    for position, item in enumerate(parcel.items, start=1):
        recorded = known.get(item.external_id)
        if recorded and recorded.digest == item.digest and not item.problems:
            told.append(
                Told(position, item.external_id, Status.SAME, recorded.record_id, is_known=True)
            )
            continue
        told.append(Told(position, item.external_id, "", None, digest=item.digest))
        lines.append(_line(parcel.kind, item, position, month, recorded is not None, seen))
    if not lines:
        return told
    _record(caller, parcel, lines, told, at, hopeful=hopeful)
    return told


def _record(
    caller: Caller,
    parcel: Parcel,
    lines: list[Line],
    told: list[Told],
    at: datetime,
    *,
    hopeful: bool,
) -> None:
    """Take the lines in, and note at each item's place what became of it."""
    twins, received_on = alike.first_alike(parcel.kind, lines), business_day(at)
    receipts = take_in(
        alike.told_apart(parcel.kind),
        by=caller.actor,
        operator=parcel.operator,
        lines=lines,
        at=at,
        atomic=parcel.atomic,
        hopeful=hopeful,
        in_turn=True,
    )
    for line, receipt in zip(lines, receipts, strict=True):
        each = told[line.row_no - 1]
        each.status, each.record_id = receipt.status, receipt.record_id
        each.problems, each.batch = receipt.problems, receipt.batch
        each.is_late = receipt.status == Status.RECORDED and is_late(
            parcel.kind.code, line.values, received_on=received_on
        )
        if first := twins.get(line.row_no):
            _tell_alike(each, told[first - 1])


def _tell_alike(each: Told, first: Told) -> None:
    """An item that says what an earlier one says: a doubt when recorded, else that one's record."""
    if each.status == Status.RECORDED:
        each.problems = [*each.problems, alike.alike(first.position)]
    elif each.status == Status.SAME and each.record_id is None:
        each.record_id = first.record_id


def _line(
    kind: SheetKind, item: Item, position: int, month: Any, is_used: bool, seen: set[str]
) -> Line:
    """What the item says; a fault of its number or its form stops it like a fault of a cell."""
    quick = quick_items(kind.code, month)
    line = quick.line(item.texts, position) if quick is not None else None
    if line is None:
        cells = {name: Cell(text, "text") for name, text in item.texts.items()}
        line = kind.read(cells, position, month)
    line.raw = {"external_id": item.external_id, **item.texts}
    if item.problems:
        line.problems = [*(each.at_row(position) for each in item.problems), *line.problems]
    elif is_used:
        message = (
            f"编号“{item.external_id}”已经上传过别的内容。更正已上传的记录请在平台上更正；"
            "如果是另一笔，请换一个编号。"
        )
        line.add("external_id_conflict", "external_id", message)
    elif item.external_id in seen:
        message = f"编号“{item.external_id}”在这一批里出现了两次，每条记录请用不同的编号。"
        line.add("external_id_repeated", "external_id", message)
    seen.add(item.external_id)
    return line


def _keep_numbers(
    caller: Caller, parcel: Parcel, accepted: Sequence[Told], upload_id: int
) -> list[Statement]:
    """Remember the senders' numbers, or give the statements that will.

    Raises: IntegrityError when one was remembered meanwhile.
    """
    new = [each for each in accepted if each.record_id is not None and not each.is_known]
    if not new:
        return []
    kept = (caller.system.pk, parcel.operator.pk, parcel.kind.code)
    shared = "\t".join(map(str, kept))
    lines = (
        f"{id_}\t{shared}\t{text_value(each.external_id)}\t\\\\x{each.digest.hex()}"
        f"\t{each.record_id}\t{upload_id}\n"
        for id_, each in zip(new_ids(len(new)), new, strict=True)
    )
    table = UploadedItem._meta.db_table
    if len(new) <= FEW:
        return [inserting(table, _ITEM_COLUMNS, line) for line in lines]
    copy_lines(DEFAULT_DB_ALIAS, table, _ITEM_COLUMNS, lines)
    return []


def _answer_of(
    caller: Caller,
    parcel: Parcel,
    upload_id: int,
    status: int,
    text: bytes,
    accepted: int,
    at: datetime,
) -> Statement:
    """The statement that keeps the answer for whoever sends the same again."""
    row = (
        upload_id, caller.system.pk, caller.key.pk, parcel.idempotency_key, parcel.request_hash,
        parcel.kind.code, parcel.operator.pk, status, text.decode(), len(parcel.items), accepted,
        at,
    )  # fmt: skip
    return Statement(_KEEP, row)


def _count(
    caller: Caller,
    parcel: Parcel,
    told: Sequence[Told],
    at: datetime,
    *,
    along: Sequence[Statement],
) -> None:
    """Add the call to the system's figures of the day; last, for its row stays locked."""
    refused = [each for each in told if each.status == Status.REFUSED]
    systems.count_upload(
        caller.system.pk,
        business_day(at),
        sent=len(told),
        accepted=len(told) - len(refused),
        late=sum(each.is_late for each in told),
        duplicates=sum(each.status == Status.SAME for each in told),
        errors=_first_codes(refused),
        at=at,
        is_due=systems.is_due(caller.system, parcel.kind.code),
        along=along,
    )
