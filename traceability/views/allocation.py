"""A sale without a named batch: product and quantity are named, the batches are proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django import forms
from django.http import QueryDict

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.text import normalise
from shilian.web.formats import quantity as written
from traceability.forms import DayField, QuantityField
from traceability.queries import stock, stock_book
from traceability.queries.stock import StockLine
from traceability.rules import allocation as rules
from traceability.rules import quantities
from traceability.rules.allocation import Allocation
from traceability.views.typed import MOST_LINES, Typed

WHAT, AMOUNT = "fefo_what", "fefo_quantity"
ASKED = "allocate"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was asked for, the page with the proposed quantities filled in, and what to say."""

    typed: Typed
    what: str = ""
    amount: str = ""
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def is_wanted(data: QueryDict) -> bool:
    """Whether batches are to be proposed: asked for, or product and quantity stand there alone."""
    if data.get("do") == ASKED:
        return True
    typed = Typed(data)
    has_lines = any(
        typed.text(name)
        for name in data
        if name.startswith("lines-") and name.endswith("-quantity")
    )
    return bool(typed.text(WHAT) and typed.text(AMOUNT)) and not has_lines


def propose(actor: Actor, operator: Operator, typed: Typed, *, today: date) -> Proposal:
    """The page with the quantities that are proposed; as it was when nothing is asked for.

    Cost: no query unless asked, else at most nine.
    """
    asked = Proposal(typed, typed.text(WHAT), typed.text(AMOUNT))
    if typed.judged or not is_wanted(typed.data):
        return asked
    amount, faults = _amount(asked.amount)
    products, told = _products(operator, asked.what, today)
    if faults or told or amount is None:
        return replace(asked, faults=(*told, *faults))
    lots = stock.batches_on_hand(actor, operator, on=today, product_ids=products, limit=MOST_LINES)
    unit = lots[0].unit
    same = [lot for lot in lots if lot.unit == unit]
    found = rules.allocate(amount, same, on=_day(typed, today))
    notes = _notes(found, same, len(lots) - len(same))
    return replace(asked, typed=_filled(typed, lots, found), notes=notes)


def _amount(text: str) -> tuple[Decimal | None, list[str]]:
    try:
        amount = QuantityField().clean(text)
    except forms.ValidationError as refused:
        return None, list(refused.messages)
    return amount, [problem.message for problem in quantities.check_quantity(amount, "")]


def _products(operator: Operator, text: str, today: date) -> tuple[list[int], list[str]]:
    """The products of the one name that is meant, whoever made them; or what to say instead."""
    if not text:
        return [], ["请写要卖什么，例如 面粉。"]
    found = stock_book.products_named(operator, text, today=today)
    # What was typed is folded (（ is read as (), the stored spelling is not.
    exact = [row for row in found if text in (normalise(row.label), normalise(row.name))]
    found = exact or found
    if not found:
        return [], [f"库存里没有找到“{text}”，请换个写法，或先登记进货。"]
    labels = list(dict.fromkeys(row.label for row in found))
    if len(labels) > 1:
        names = "、".join(labels[:5])
        return [], [f"有几种商品都符合“{text}”：{names}，请写全名和规格。"]
    return [row.product_id for row in found], []


def _day(typed: Typed, today: date) -> date:
    try:
        return DayField().clean(typed.text("sold_on")) or today
    except forms.ValidationError:
        return today


def _notes(found: Allocation, lots: Sequence[StockLine], otherwise: int) -> tuple[str, ...]:
    unit, name = lots[0].unit, lots[0].name
    notes = []
    if found.parts:
        notes.append(f"已按先到期先卖配好 {len(found.parts)} 批，可以改，核对后再点保存。")
    left_alone = "、".join(f"{written(each.quantity)} {unit}{each.why}" for each in found.skipped)
    if found.short and found.is_explained:
        notes.append(f"能卖的{name}还差 {written(found.short)} {unit}：{left_alone}，没有动用。")
    elif found.short:
        notes.append(
            f"能卖的{name}还差 {written(found.short)} {unit}：多半有进货没登记，请补登进货；"
            "货确实在手上，就在实际卖的那一批后面加上。"
        )
    if left_alone and not (found.short and found.is_explained):
        notes.append(f"另有 {left_alone}，没有动用。")
    if otherwise:
        notes.append(f"有 {otherwise} 批不是按{unit}入库的，没有动用，要卖请在后面自己填。")
    return tuple(notes)


def _filled(typed: Typed, lots: Sequence[StockLine], found: Allocation) -> Typed:
    """What was typed, with the proposal in place of all that stood beside this product's batches."""
    data = typed.data.copy()
    for lot in lots:
        data.pop(f"lines-{lot.batch_id}-quantity", None)
    lines = [*dict.fromkeys([*(str(part.batch_id) for part in found.parts), *data.getlist("line")])]
    data.setlist("line", lines)
    for part in found.parts:
        data[f"lines-{part.batch_id}-quantity"] = normalise(f"{part.quantity.normalize():f}")
    return replace(typed, data=data)
