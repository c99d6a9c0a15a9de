"""Giving findings to officers, and telling operators what is wrong."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction

from enterprises.actor import Actor, actor_for
from enterprises.models import Person
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from supervision.models import Finding
from supervision.queries import findings as queries
from supervision.rules.radar import MESSAGE_LENGTH

# As many as a person looks over at once; a page shows fewer.
MOST = 200


@transaction.atomic
def assign_findings(
    *, by: Actor, finding_ids: Collection[int], person_id: int, at: datetime
) -> int:
    """Make an officer of the same bureau answer for the findings. Returns: how many there are.

    Raises: Rejected for none, too many or closed ones, for somebody of another bureau, or who does
    not see one of the operators; OutOfScope, Forbidden.
    """
    by.require(Permission.FOLLOW_FINDINGS)
    rows = _lock(by, finding_ids)
    person = next((each for each in queries.colleagues(by) if each.pk == person_id), None)
    if person is None:
        message = "只能分给本单位现任的监管人员，请从名单里选。"
        raise Rejected([Problem("not_a_colleague", "person", message)])
    if problems := _out_of_sight(person, rows):
        raise Rejected(problems)
    Finding.objects.filter(pk__in=[row.pk for row in rows]).update(assignee=person)
    _audit(by, at, "findings_assigned", rows, person_id=person.pk)
    return len(rows)


@transaction.atomic
def send_messages(*, by: Actor, finding_ids: Collection[int], at: datetime, text: str = "") -> int:
    """Put each finding's message on its operator's first page, in its own words or these.

    Sent again it replaces what stood there. Returns: how many were sent.
    Raises: Rejected for none, too many or closed ones, or a text that is too long; OutOfScope,
    Forbidden.
    """
    by.require(Permission.FOLLOW_FINDINGS)
    rows = _lock(by, finding_ids)
    text = text.strip()
    if len(text) > MESSAGE_LENGTH:
        message = f"提醒最多 {MESSAGE_LENGTH} 个字，现在是 {len(text)} 个，请写短一些。"
        raise Rejected([Problem("message_too_long", "text", message)])
    for row in rows:
        row.message = text or row.ready_message
        row.sent_at, row.sent_name = at, by.name
    Finding.objects.bulk_update(rows, ["message", "sent_at", "sent_name"])
    _audit(by, at, "findings_told", rows)
    return len(rows)


def _lock(by: Actor, finding_ids: Collection[int]) -> list[Finding]:
    """The findings, kept from other writers. Raises: Rejected, OutOfScope."""
    ids = set(finding_ids)
    if not ids:
        raise Rejected([Problem("nothing_chosen", "finding", "请先勾选要办理的线索。")])
    if len(ids) > MOST:
        message = f"一次最多办理 {MOST} 条，现在选了 {len(ids)} 条，请分几次办理。"
        raise Rejected([Problem("too_many_chosen", "finding", message)])
    list(Finding.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
    rows = queries.findings_of(by, ids)
    if closed := [row for row in rows if not row.is_open]:
        names = "、".join(row.operator.name for row in closed[:3])
        message = f"有 {len(closed)} 条已经消除（{names}），不用再办，请去掉后重试。"
        raise Rejected([Problem("finding_closed", "finding", message)])
    return rows


def _out_of_sight(person: Person, rows: list[Finding]) -> list[Problem]:
    """A station's officer sees only the operators of that station."""
    assignee = actor_for(person)
    hidden = [row.operator.name for row in rows if not assignee.sees(row.operator)]
    if not hidden:
        return []
    names = "、".join(hidden[:3])
    message = f"{person.name}不负责{names}等 {len(hidden)} 家，请改分给管这些主体的人员。"
    return [Problem("assignee_out_of_sight", "person", message)]


def _audit(by: Actor, at: datetime, event: str, rows: list[Finding], **details: Any) -> None:
    """One row for the press; a single finding is named with its operator."""
    only = rows[0] if len(rows) == 1 else None
    audit.append(
        by=by,
        at=at,
        event=event,
        about=only.operator if only else None,
        subject="Finding",
        subject_id=only.pk if only else None,
        county_id=rows[0].county_id,
        count=len(rows),
        findings=[row.pk for row in rows],
        **details,
    )
