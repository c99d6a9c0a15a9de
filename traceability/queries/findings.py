"""What the lines of an investigator name: the batches behind each finding, within sight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.db.spelling import part_of
from shilian.problems import Problem, Rejected
from shilian.text import normalise
from traceability.models import Batch, TraceCase
from traceability.rules import common_source as rules
from traceability.rules.common_source import FindingKind, FindingLine, Mention

# More batches behind one line say nothing about where it came from.
MOST_BATCHES = 500


@dataclass(frozen=True, slots=True)
class NamedFinding:
    """A line with the batches it stands for, and how the page calls it."""

    line: FindingLine
    batch_ids: tuple[int, ...]
    label: str

    @property
    def kind_name(self) -> str:
        return rules.KIND_NAMES[self.line.kind]

    @property
    def is_clean(self) -> bool:
        return self.line.kind == FindingKind.CLEAN


def named_findings(
    actor: Actor, lines: Sequence[FindingLine], case: TraceCase | None
) -> list[NamedFinding]:
    """The lines as findings; outside the actor's sight only the start batches of the case.

    Raises: Rejected with every line that names nothing in sight.
    Cost: at most three queries, whatever the number of lines.
    """
    read = [rules.read_line(line) for line in lines]
    mentions = [each for each in read if isinstance(each, Mention)]
    coded = _coded(actor, [each for each in mentions if each.code], case)
    traded = _traded(actor, [each for each in mentions if each.operator])
    named = coded | traded
    found = [each if isinstance(each, Problem) else named[each.line] for each in read]
    if problems := [each for each in found if isinstance(each, Problem)]:
        raise Rejected(problems)
    return [each for each in found if isinstance(each, NamedFinding)]


Found = dict[FindingLine, NamedFinding | Problem]


def _coded(actor: Actor, mentions: Sequence[Mention], case: TraceCase | None) -> Found:
    """The batches of the codes; a code is no key to what lies outside one's jurisdiction."""
    wanted = {each.code.batch_id for each in mentions if each.code}
    if not wanted:
        return {}
    rows = Batch.objects.filter(pk__in=wanted).select_related("operator")
    batches = {row.pk: row for row in rows}
    opened = set(case.start_ids) if case else set()
    found: Found = {}
    for each in mentions:
        batch = batches.get(each.code.batch_id) if each.code else None
        if batch is None or each.code is None or batch.token_salt != each.code.salt:
            message = "没有这个追溯码，请对照标签再核对一遍。"
            found[each.line] = each.line.problem("unknown_code", message)
        elif not (actor.sees(batch.operator) or batch.pk in opened):
            message = "这个批次不在您的辖区，请先申请追溯案件，批准后选择案件再查。"
            found[each.line] = each.line.problem("outside_jurisdiction", message)
        else:
            found[each.line] = NamedFinding(each.line, (batch.pk,), _label(batch))
    return found


def _label(batch: Batch) -> str:
    return f"{batch.name} {batch.batch_number}".strip() + f"（{batch.operator.name}）"


def _traded(actor: Actor, mentions: Sequence[Mention]) -> Found:
    """The batches by their holder, and number or day."""
    if not mentions:
        return {}
    operators = _operators(actor, {each.operator for each in mentions})
    named = {each.line: _one(each, operators) for each in mentions}
    held = _held([each for each in named.values() if isinstance(each, Operator)], mentions)
    found: Found = {}
    for each in mentions:
        operator = named[each.line]
        if isinstance(operator, Problem):
            found[each.line] = operator
        else:
            found[each.line] = _of_operator(each, operator, held[operator.pk])
    return found


def _operators(actor: Actor, texts: set[str]) -> list[Operator]:
    wanted = Q(pk__in=[])
    for text in texts:
        wanted |= part_of("name", text) | Q(credit_code=text.upper())
    # Enough to tell a unique name from one that many share.
    return list(Operator.objects.visible_to(actor).filter(wanted).order_by("pk")[:1000])


def _one(mention: Mention, operators: Iterable[Operator]) -> Operator | Problem:
    """The operator meant: the one with exactly this name or code, or the only one that contains it."""
    text = mention.operator
    exact = [each for each in operators if text in (normalise(each.name), each.credit_code)]
    similar = exact or [each for each in operators if text in normalise(each.name)]
    if len(similar) == 1:
        return similar[0]
    if not similar:
        message = f"辖区内没有叫“{text}”的单位，请核对名称，或写统一社会信用代码。"
        return mention.line.problem("unknown_operator", message)
    names = "、".join(each.name for each in similar[:3])
    message = f"有 {len(similar)} 家单位名称相近（{names}等），请写统一社会信用代码。"
    return mention.line.problem("ambiguous_operator", message)


@dataclass(frozen=True, slots=True)
class _Held:
    batch_id: int
    name: str
    batch_number: str
    received_on: date


def _held(operators: Iterable[Operator], mentions: Iterable[Mention]) -> dict[int, list[_Held]]:
    """What the operators hold of the numbers and days mentioned, by operator."""
    wanted = Q(pk__in=[])
    for each in mentions:
        wanted |= (
            Q(received_on__range=(each.since, each.day))
            if each.day
            else Q(batch_number=each.batch_number)
        )
    held: dict[int, list[_Held]] = defaultdict(list)
    ids = {operator.pk for operator in operators}
    rows = Batch.objects.current().filter(wanted, operator_id__in=ids).order_by("pk")
    fields = ("operator_id", "pk", "name", "batch_number", "received_on")
    for operator_id, *facts in rows.values_list(*fields) if ids else ():
        held[operator_id].append(_Held(*facts))
    return held


def _of_operator(
    mention: Mention, operator: Operator, held: Sequence[_Held]
) -> NamedFinding | Problem:
    if mention.day:
        meant = [each for each in held if _is_eaten(each, mention)]
        missing = f"这家单位在此前 {rules.KITCHEN_DAYS} 天内没有进货或生产记录，请核对日期。"
        label = f"{operator.name} {mention.day.isoformat()} 就餐"
    else:
        meant = [each for each in held if each.batch_number == mention.batch_number]
        missing = f"这家单位没有批号为“{mention.batch_number}”的批次，请核对批号。"
        label = f"{meant[0].name if meant else ''} {mention.batch_number}（{operator.name}）"
    if not meant:
        return mention.line.problem("nothing_held", missing)
    if len(meant) > MOST_BATCHES:
        message = f"这一行对应 {len(meant)} 个批次，太多了，请改写追溯码或批号。"
        return mention.line.problem("too_many_batches", message)
    return NamedFinding(mention.line, tuple(each.batch_id for each in meant), label)


def _is_eaten(held: _Held, mention: Mention) -> bool:
    return (
        mention.since is not None
        and mention.day is not None
        and mention.since <= held.received_on <= mention.day
    )
