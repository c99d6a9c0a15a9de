"""For whom a channel may upload: the channel claims operators, each of them agrees or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator, SelfBuiltSystem, SystemClient
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from shilian.text import normalise

State = SystemClient.State
MOST_AT_ONCE = 500


@transaction.atomic
def claim_clients(
    *, by: Actor, system: SelfBuiltSystem, credit_codes: Sequence[str], at: datetime
) -> list[SystemClient]:
    """Name operators whose records the channel brings; each has to agree before anything counts.

    Raises: Rejected with a problem for each line that names nobody, or when the system is no
    channel in service; OutOfScope, Forbidden.
    Source: launch speech, part 4 (3): 使用其中一个即可, one identity in all of them.
    """
    _require_side(by, system.operator)
    codes = [normalise(code).upper().replace(" ", "") for code in credit_codes]
    found = {row.credit_code: row for row in Operator.objects.filter(credit_code__in=codes)}
    if problems := _check_claim(system, codes, found):
        raise Rejected(problems)
    wanted = [found[code] for code in dict.fromkeys(codes)]
    held = {each.operator_id: each for each in _locked(system, wanted)}
    new = [
        SystemClient(system=system, operator=operator, claimed_at=at)
        for operator in wanted
        if operator.pk not in held
    ]
    again = [each for each in held.values() if each.state in (State.REFUSED, State.ENDED)]
    for each in again:
        each.state, each.claimed_at, each.decided_at = State.CLAIMED, at, None
    SystemClient.objects.bulk_create(new)
    SystemClient.objects.bulk_update(again, ["state", "claimed_at", "decided_at"])
    audit.append(
        by=by, at=at, event="system_clients_claimed", about=system.operator, subject="system",
        subject_id=system.pk, count=len(new) + len(again),
    )  # fmt: skip
    return [*new, *again]


def _locked(system: SelfBuiltSystem, operators: Sequence[Operator]) -> list[SystemClient]:
    held = SystemClient.objects.filter(system=system, operator__in=operators)
    return list(held.select_for_update(of=("self",)).order_by("pk"))


def _check_claim(
    system: SelfBuiltSystem, codes: Sequence[str], found: dict[str, Operator]
) -> list[Problem]:
    if not (system.is_channel and system.is_in_service):
        message = "只有登记通过的菜场、一网通、山餐安可以代经营户上传。"
        return [Problem("not_a_channel", "", message)]
    if not codes:
        message = "请填写经营户的统一社会信用代码，一行一个。"
        return [Problem("credit_codes_missing", "credit_codes", message)]
    if len(codes) > MOST_AT_ONCE:
        message = f"一次最多{MOST_AT_ONCE}家，请分几次提交。"
        return [Problem("too_many_clients", "credit_codes", message)]
    return [
        Problem(
            "operator_unknown",
            "credit_codes",
            f"第{row}行的{code}不在名册里，请核对统一社会信用代码。",
            row=row,
        )
        for row, code in enumerate(codes, start=1)
        if code not in found
    ]


@transaction.atomic
def decide_claim(*, by: Actor, client: SystemClient, agrees: bool, at: datetime) -> SystemClient:
    """Let a channel upload for one's own shop, or not.

    Raises: Rejected when it was decided before; OutOfScope, Forbidden.
    """
    locked = _lock(client)
    _require_side(by, locked.operator)
    if locked.state != State.CLAIMED:
        message = f"这条代传申请已经处理过了（{locked.get_state_display()}）。"
        raise Rejected([Problem("claim_decided", "", message)])
    locked.state = State.CONFIRMED if agrees else State.REFUSED
    return _keep(by, locked, at)


@transaction.atomic
def end_client(*, by: Actor, client: SystemClient, at: datetime) -> SystemClient:
    """Stop a channel from uploading for a shop; either side may.

    Raises: Rejected when it is over already; OutOfScope, Forbidden.
    """
    locked = _lock(client)
    is_client = by.operator_id == locked.operator_id
    _require_side(by, locked.operator if is_client else locked.system.operator)
    if locked.state not in (State.CLAIMED, State.CONFIRMED):
        raise Rejected([Problem("client_ended", "", "已经解除，不用再办理。")])
    locked.state = State.ENDED
    return _keep(by, locked, at)


def _require_side(by: Actor, operator: Operator) -> None:
    """Rights held in one shop are none in another of the same person's. Raises: as ``require``."""
    if by.operator_id != operator.pk:
        raise OutOfScope
    by.require(Permission.MANAGE_SYSTEMS, on=operator)


def _lock(client: SystemClient) -> SystemClient:
    found = (
        SystemClient.objects.select_for_update(of=("self",))
        .select_related("system__operator", "operator")
        .filter(pk=client.pk)
        .first()
    )
    if found is None:
        raise OutOfScope
    return found


def _keep(by: Actor, client: SystemClient, at: datetime) -> SystemClient:
    client.decided_at = at
    client.save(update_fields=["state", "decided_at"])
    audit.append(
        by=by, at=at, event=f"system_client_{client.state}", about=client.operator,
        subject="system", subject_id=client.system_id,
    )  # fmt: skip
    return client
