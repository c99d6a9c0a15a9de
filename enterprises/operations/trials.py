"""Trials in the sandbox: only the verdict is kept, never what was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator, SandboxTrial, SelfBuiltSystem
from enterprises.operations import audit
from shilian.clock import business_day

PROBLEMS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found: rows checked, good, with warnings, and every problem in words."""

    record_kind: str
    sent: int
    good: int
    warned: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    problems: Sequence[Mapping[str, Any]] = ()


@transaction.atomic
def keep_trial(
    *,
    by: Actor,
    operator: Operator,
    system: SelfBuiltSystem | None,
    door: str,
    verdict: Verdict,
    at: datetime,
    file_name: str = "",
) -> SandboxTrial:
    """Keep one trial's verdict in the history, its first problems with it.

    Whoever may import may try: the kind's own permission was asked by the checker.
    """
    trial = SandboxTrial.objects.create(
        operator=operator,
        system=system,
        door=door,
        record_kind=verdict.record_kind,
        file_name=file_name[:120],
        day=business_day(at),
        at=at,
        person_name=by.name,
        sent_count=verdict.sent,
        good_count=verdict.good,
        warned_count=verdict.warned,
        errors=dict(verdict.errors),
        problems=list(verdict.problems[:PROBLEMS_KEPT]),
    )
    audit.append(
        by=by, at=at, event="sandbox_tried", about=operator, subject="trial",
        subject_id=trial.pk, count=verdict.sent,
    )  # fmt: skip
    return trial
