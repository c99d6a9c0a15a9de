"""The GLNs (全球位置码) under which operators appear in EPCIS events."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from shilian.text import normalise
from traceability.models import OperatorNumber
from traceability.rules import glns as rules

MOST = 50


@transaction.atomic
def register_gln(*, by: Actor, operator: Operator, gln: str, at: datetime) -> OperatorNumber:
    """Let the operator be known under this number; the same one again changes nothing.

    Raises: Rejected when it is no GLN, or another operator's.
    """
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    number = normalise(gln).replace(" ", "")
    problems = rules.check_gln(number)
    own = OperatorNumber.objects.filter(operator=operator)
    if found := own.filter(gln=number).first():
        return found
    if own.count() >= MOST:
        problems.append(Problem("too_many_glns", "gln", f"最多登记{MOST}个位置码。"))
    if problems:
        raise Rejected(problems)
    try:
        with transaction.atomic():
            kept = OperatorNumber.objects.create(gln=number, operator=operator, registered_at=at)
    except IntegrityError:
        # Whose it is stays untold.
        message = "这个位置码已经由别的主体登记，请核对；确属您的，请联系所在地监管所。"
        raise Rejected([Problem("gln_taken", "gln", message)]) from None
    audit.append(by=by, at=at, event="gln_registered", about=operator, gln=number)
    return kept


@transaction.atomic
def withdraw_gln(*, by: Actor, operator: Operator, gln: str, at: datetime) -> None:
    """Forget the number. Raises: OutOfScope when it is not the operator's."""
    by.require(Permission.MANAGE_CATALOGUE, on=operator)
    count, _ = OperatorNumber.objects.filter(operator=operator, gln=gln).delete()
    if not count:
        raise OutOfScope
    audit.append(by=by, at=at, event="gln_withdrawn", about=operator, gln=gln)
