"""Lines that tell what another sender has told already: said at once, to whoever brings them.

Senders are the channels, and the systems of one channel where it is known which of them sent.

They are recorded all the same: two deliveries may be alike, and only a person knows. What was
recorded is found again, and put on the list to be decided, by ``duplicates.find_duplicates``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from django.core.cache import cache

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Problem
from traceability.models import Channel, DuplicateSuspect
from traceability.queries import duplicates as queries
from traceability.queries.duplicates import Asked, Sender
from traceability.rules import duplicates as rules
from traceability.rules.duplicates import Told
from traceability.sheets.base import Judged, SheetKind
from traceability.sheets.channels import channel_of, plain_code

Kind = DuplicateSuspect.Kind
CODE = "told_by_other_channel"
# Most operators have one door: they are asked about so seldom that uploads are not slower for it.
# A record typed into a form may thus be overlooked here for so long, but not on the list.
KNOWN_SECONDS = 600
# A system that sends record by record asks the cache so often.
LATELY_SECONDS, MOST_LATELY = 10.0, 5_000
_lately: dict[int, tuple[float, set[Sender]]] = {}


class _Part(NamedTuple):
    """One record that the line will become."""

    asked: Asked
    told: Told


def add_doubts(
    kind: SheetKind, *, by: Actor, operator: Operator, judged: Sequence[Judged], at: datetime
) -> None:
    """Give each new line a warning whose goods another sender has told.

    Cost: none for an operator that is known to have one sender; else at most two queries.
    """
    sender = Sender(channel_of(kind) or by.channel, by.system_id)
    found = _KINDS.get(plain_code(kind))
    if found is None or sender.channel in rules.LEFT_OUT:
        return
    if not (senders := _others_of(operator, sender, at)):
        return
    record_kind, parts_of = found
    parts = [(item, part) for item in judged if item.is_new for part in parts_of(item, sender)]
    asked = dict.fromkeys(part.asked for _, part in parts)
    systems = [one.system_id for one in senders if one.channel == sender.channel and one.system_id]
    others = queries.told_by_others(
        record_kind, operator, list(asked), channel=sender.channel, systems=systems
    )
    tellers = {
        id(item): teller
        for item, part in parts
        if (teller := _teller(part, others.get(part.asked, ())))
    }
    for item in judged:
        if (teller := tellers.get(id(item))) is not None:
            doubt = _doubt(teller, item.line.row_no, is_same_channel=teller == sender.channel)
            item.problems = [*item.problems, doubt]


def _others_of(operator: Operator, sender: Sender, at: datetime) -> list[Sender]:
    """Whom the operator's records of the last weeks came from, beside this sender.

    Of its own channel those alone whose system is known, as its own must be.
    """
    own = {sender, Sender(sender.channel)}
    known = _known_senders(operator)
    if not own <= known:
        # Who is new here makes itself known to those who came before.
        known = queries.senders_of(operator, since=at - queries.APART) | own
        cache.set(_key(operator), [tuple(one) for one in known], KNOWN_SECONDS)
        _lately[operator.pk] = monotonic(), known
    others = known - own
    if sender.system_id is None:
        return [one for one in others if one.channel != sender.channel]
    return list(others)


def _known_senders(operator: Operator) -> set[Sender]:
    """Those that the cache knows, or that this process has asked it for a moment ago."""
    asked, known = _lately.get(operator.pk, (0.0, set()))
    if not known or monotonic() - asked > LATELY_SECONDS:
        known = {Sender(*one) for one in cache.get(_key(operator)) or ()}
        if len(_lately) >= MOST_LATELY:
            _lately.clear()
        _lately[operator.pk] = monotonic(), known
    return known


def _key(operator: Operator) -> str:
    return f"senders_of:{operator.pk}"


def _teller(part: _Part, others: Iterable[Told]) -> str | None:
    """The channel that told the same; a sale names its batch, whose product the ledger knows."""
    for other in others:
        if rules.is_suspect(replace(part.told, product_id=other.product_id), other):
            return other.channel
    return None


def _doubt(teller: str, row_no: int, *, is_same_channel: bool) -> Problem:
    named = f"“{Channel(teller).label}”" + ("的另一个系统" if is_same_channel else "")
    message = (
        f"{named}已经报过同一天、同一单位、同一商品和数量的记录；"
        "如果是同一笔，请在“疑似重复”里核对，只留一条。"
    )
    return Problem(CODE, "", message, row_no, "warning")


def _bought(item: Judged, sender: Sender) -> list[_Part]:
    """What is new to the books has been told by nobody."""
    draft = item.draft.draft
    if draft.product_id < 0 or draft.supplier_id < 0:
        return []
    asked = Asked(draft.product_id, draft.supplier_id, draft.purchased_on)
    told = Told(sender.channel, *asked, draft.quantity, draft.unit, sender.system_id)
    return [_Part(asked, told)]


def _sold(item: Judged, sender: Sender) -> list[_Part]:
    return [
        _Part(
            asked := Asked(draft.batch_id, draft.buyer_id, draft.sold_on),
            Told(sender.channel, *asked, draft.quantity, draft.unit, sender.system_id),
        )
        for draft in item.draft
        if draft.buyer_id > 0
    ]


_KINDS: dict[str, tuple[str, Callable[[Judged, Sender], list[_Part]]]] = {
    "purchases": (Kind.PURCHASE, _bought),
    "sales": (Kind.SALE, _sold),
}
