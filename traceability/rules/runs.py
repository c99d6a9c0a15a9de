"""Runs: making, splitting, merging, repacking and boxing; what goes in, what comes out, what cannot be.

Source: Food Safety Law articles 42, 46 and 50 (the chain from material to product is recorded).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from shilian.problems import Problem
from traceability.rules import dates, production, quantities, shares, sscc, texts
from traceability.rules.production import ProductionInput
from traceability.rules.sales import BatchFacts
from traceability.rules.shares import Amount, in_one_measure

MOST_OUTPUTS = 50
# Water and steam go unrecorded, so a kitchen's output weighs more than its inputs; more than the
# widest of the reviewed lines of 物料平衡 (liquor, four times) is asked about. A repacker adds
# nothing: two in a hundred are the scales'.
MOST_MADE = Decimal(4)
MOST_REPACKED = Decimal("1.02")
KINDS = ("transformation", "split", "merge", "repack", "aggregation")
PACKS = ("box", "pallet")


@dataclass(frozen=True, slots=True)
class OutputDraft:
    """One batch that came out, in its product's unit; of a split or merge, in that of what went in."""

    quantity: Decimal
    product_id: int | None = None
    batch_number: str = ""


@dataclass(frozen=True, slots=True)
class RunDraft:
    """One run; ``kind`` in the words of the links. ``pack``, ``sscc`` and ``company_prefix`` are a
    box's: with a prefix and no SSCC the next number of the company is given out."""

    kind: str
    done_on: date
    inputs: tuple[ProductionInput, ...]
    outputs: tuple[OutputDraft, ...] = ()
    line: str = ""
    pack: str = ""
    sscc: str = ""
    company_prefix: str = ""
    raw: dict[str, Any] | None = None

    @property
    def produced_on(self) -> date:
        return self.done_on


@dataclass(frozen=True, slots=True)
class Content:
    """Of an input: which product it is, what a unit holds, and whether it is a box itself."""

    product_id: int
    pack: str = ""
    sscc: str = ""
    specification: str = ""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of what the draft names; unknown things are absent.

    ``units`` and ``specifications`` are those of the products that came out, by product.
    ``is_sscc_taken``: whether the operator has another box of that number.
    """

    units: Mapping[int, str]
    batches: Mapping[int, BatchFacts]
    contents: Mapping[int, Content] = field(default_factory=dict)
    specifications: Mapping[int, str] = field(default_factory=dict)
    is_sscc_taken: bool = False


def check_run(draft: RunDraft, facts: RunFacts, *, today: date) -> list[Problem]:
    """Every fault of the run; those of an input or output carry its place as their row."""
    problems = [
        *dates.check_event_day(draft.done_on, field="done_on", name="日期", today=today),
        *texts.check_text(draft.line, "production_line", "生产线", production.LINE_LENGTH),
        *production.check_inputs(draft, facts.batches, defaultdict(Decimal)),
    ]
    if draft.kind != "transformation" and not draft.inputs:
        problems.append(Problem("inputs_missing", "inputs", "请填写用了哪一批、用了多少。"))
    if draft.kind == "aggregation":
        return [*problems, *_box(draft, facts)]
    problems += _outputs(draft, facts)
    if any(not problem.is_warning for problem in problems):
        return problems
    problems += _shape(draft, facts)
    if any(not problem.is_warning for problem in problems):
        return problems
    return [*problems, *_too_small_shares(draft, facts), *_far_above(draft, facts)]


def keeping_goods(draft: RunDraft) -> RunDraft:
    """The draft as it counts: a split and a merge keep the product, whatever its outputs name."""
    if not _keeps_goods(draft):
        return draft
    outputs = tuple(replace(output, product_id=None) for output in draft.outputs)
    return replace(draft, outputs=outputs)


def _outputs(draft: RunDraft, facts: RunFacts) -> Iterator[Problem]:
    if not draft.outputs:
        yield Problem("outputs_missing", "outputs", "请填写做成了什么、多少。")
    if len(draft.outputs) > MOST_OUTPUTS:
        message = f"一次最多登记{MOST_OUTPUTS}个产出，请分几次登记。"
        yield Problem("too_many_outputs", "outputs", message)
    for row, output in enumerate(draft.outputs):
        unit = output_unit(draft, output, facts)
        found = [*quantities.check_quantity(output.quantity, unit)]
        found += texts.check_text(output.batch_number, "batch_number", "生产批号", 60)
        if _keeps_goods(draft):
            yield from (problem.at_row(row) for problem in found)
            continue
        if output.product_id not in facts.units:
            found.append(Problem("product_unknown", "product_id", "没有这个商品，请重新选择。"))
        yield from (problem.at_row(row) for problem in found)


def _keeps_goods(draft: RunDraft) -> bool:
    return draft.kind in ("split", "merge")


def output_unit(draft: RunDraft, output: OutputDraft, facts: RunFacts) -> str:
    """The unit in which the output is counted; empty when nothing known tells."""
    if not _keeps_goods(draft):
        return facts.units.get(output.product_id or 0, "")
    first = draft.inputs[0].batch_id if draft.inputs else 0
    return facts.batches[first].unit if first in facts.batches else ""


def output_amounts(draft: RunDraft, facts: RunFacts) -> list[Amount]:
    """How much of what came out, in the order of the outputs; a box is none of them."""
    return [
        Amount(
            each.quantity,
            output_unit(draft, each, facts),
            facts.specifications.get(each.product_id or 0, ""),
        )
        for each in draft.outputs
    ]


def _taken(draft: RunDraft, facts: RunFacts) -> list[Amount]:
    return [
        Amount(
            part.quantity,
            facts.batches[part.batch_id].unit,
            facts.contents[part.batch_id].specification if part.batch_id in facts.contents else "",
        )
        for part in draft.inputs
    ]


def _shape(draft: RunDraft, facts: RunFacts) -> list[Problem]:
    if draft.kind == "split":
        return _split(draft, facts)
    return _merge(draft, facts) if draft.kind == "merge" else []


def _split(draft: RunDraft, facts: RunFacts) -> list[Problem]:
    if len(draft.inputs) != 1:
        message = "拆分一次只拆一批，请只留一批；几批合在一起请用“合并”。"
        return [Problem("split_needs_one", "inputs", message)]
    if len(draft.outputs) < 2:
        return [Problem("split_needs_two", "outputs", "拆分后至少有两批，请再填一行。")]
    return _same_sum(draft, facts, "split_differs", "拆分后各批")


def _merge(draft: RunDraft, facts: RunFacts) -> list[Problem]:
    if len(draft.inputs) < 2:
        return [Problem("merge_needs_two", "inputs", "合并至少要两批，请再选一批。")]
    if len(draft.outputs) != 1:
        return [Problem("merge_into_one", "outputs", "合并后只有一批，请只留一行。")]
    batches = [facts.batches[part.batch_id] for part in draft.inputs]
    products = {facts.contents[part.batch_id].product_id for part in draft.inputs}
    if len(products) > 1 or len({batch.unit for batch in batches}) > 1:
        message = "合并的各批要是同一个商品、同一个单位；不同的东西放在一起请用“生产”或“装箱”。"
        return [Problem("merge_differs_in_goods", "inputs", message)]
    return _same_sum(draft, facts, "merge_differs", "合并后")


def _same_sum(draft: RunDraft, facts: RunFacts, code: str, name: str) -> list[Problem]:
    went_in = sum((part.quantity for part in draft.inputs), Decimal(0))
    came_out = sum((output.quantity for output in draft.outputs), Decimal(0))
    if went_in == came_out:
        return []
    unit = facts.batches[draft.inputs[0].batch_id].unit
    message = (
        f"{name}一共{came_out.normalize():f}{unit}，用掉的是{went_in.normalize():f}{unit}，"
        "两边要相等；少了的请另外登记“损耗”。"
    )
    return [Problem(code, "outputs", message)]


def _too_small_shares(draft: RunDraft, facts: RunFacts) -> Iterator[Problem]:
    """Every output bears a share of every input; one of nothing would say that it has none of it."""
    weights, _ = shares.weights_of(output_amounts(draft, facts))
    for row, part in enumerate(draft.inputs):
        if min(shares.share(part.quantity, weights)) > 0:
            continue
        batch = facts.batches[part.batch_id]
        message = (
            f"“{batch.name}”用了{part.quantity.normalize():f}{batch.unit}，按占比分到有的产出不足"
            f"{shares.THOUSANDTH}{batch.unit}，记不下来；请核对数量，或把没用到它的产出另登记一次。"
        )
        yield Problem("share_too_small", "inputs", message, row=row)


def _far_above(draft: RunDraft, facts: RunFacts) -> list[Problem]:
    """A warning when what came out weighs much more than what went in."""
    weighed = in_one_measure([*_taken(draft, facts), *output_amounts(draft, facts)])
    if not draft.inputs or weighed is None:
        return []
    count = len(draft.inputs)
    most = MOST_REPACKED if draft.kind == "repack" else MOST_MADE
    if sum(weighed[count:]) <= most * sum(weighed[:count]):
        return []
    message = "产出的分量远远多于投入的原料，请核对数量和单位，看看是不是漏填了原料；确实无误可以继续保存。"
    return [Problem("outputs_far_above_inputs", "outputs", message, severity="warning")]


def _box(draft: RunDraft, facts: RunFacts) -> Iterator[Problem]:
    if draft.pack not in PACKS:
        yield Problem("pack_unknown", "pack", "请选是“箱”还是“托盘”。")
    number = sscc.canonical(draft.sscc)
    yield from sscc.check_sscc(number)
    yield from sscc.check_prefix(draft.company_prefix.strip())
    inside = [facts.contents[p.batch_id] for p in draft.inputs if p.batch_id in facts.contents]
    if number and any(content.sscc == number for content in inside):
        message = "这个箱码是选中的那一箱自己的，一箱不能装进它自己，请换一个箱码或去掉那一箱。"
        yield Problem("box_in_itself", "sscc", message)
    elif number and facts.is_sscc_taken:
        message = "这个箱码已经用在另一箱上，每一箱要有自己的号码，请核对标签。"
        yield Problem("sscc_taken", "sscc", message)
    if draft.pack == "box" and any(content.pack == "pallet" for content in inside):
        yield Problem("pallet_in_box", "inputs", "托盘不能装进箱子，请改选“托盘”或去掉它。")
    chosen = draft.outputs[0] if draft.outputs else None
    yield from texts.check_text(chosen.batch_number if chosen else "", "batch_number", "批号", 60)
    if chosen is not None and chosen.product_id and chosen.product_id not in facts.units:
        yield Problem("product_unknown", "product_id", "没有这个商品，请重新选择。")
    elif is_mixed(draft, facts) and (chosen is None or not chosen.product_id):
        message = "箱里有不同的商品，请选这一箱整体叫什么商品（例如礼盒），没有就先新增一个。"
        yield Problem("box_needs_product", "product_id", message)


def is_mixed(draft: RunDraft, facts: RunFacts) -> bool:
    """Whether a box holds more than one product, or one in several units."""
    known = [part.batch_id for part in draft.inputs if part.batch_id in facts.batches]
    goods = {(facts.contents[id_].product_id, facts.batches[id_].unit) for id_ in known}
    return len(goods) > 1


def box_amount(draft: RunDraft, facts: RunFacts) -> Amount:
    """How much a box is: what it holds when that is one product, else one of its own product."""
    named = draft.outputs[0].product_id if draft.outputs else None
    if named:
        return Amount(Decimal(1), facts.units[named])
    total = sum((part.quantity for part in draft.inputs), Decimal(0))
    return Amount(total, facts.batches[draft.inputs[0].batch_id].unit)
