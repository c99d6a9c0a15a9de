"""From which batches the rows of a sheet take: the one that is named, else what expires first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from shilian.problems import Problem
from shilian.text import normalise
from traceability.queries.named_batches import Named, NamedBatch, folded
from traceability.rules import allocation, codes
from traceability.rules.allocation import Allocation, Part

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one row takes; ``field`` is the column in which its batch is named."""

    named: Named
    quantity: Decimal
    unit: str
    on: date
    doing: str
    field: str = "batch_number"
    size_field: str = "specification"


class Shelf:
    """The batches that the rows may mean; what one row takes is gone for the next."""

    def __init__(self, lots: Iterable[NamedBatch]) -> None:
        self._by_id = {lot.batch_id: lot for lot in lots}
        self._by_name: dict[str, list[int]] = {}
        for lot in self._by_id.values():
            self._by_name.setdefault(normalise(lot.name), []).append(lot.batch_id)

    def meant(self, named: Named) -> list[NamedBatch]:
        """All batches to which every word of the row applies."""
        if named.code:
            content = codes.read_code(named.code)
            lot = self._by_id.get(content.batch_id) if content else None
            is_right = lot is not None and content and lot.token_salt == content.salt
            return [lot] if lot is not None and is_right else []
        lots = (self._by_id[id_] for id_ in self._by_name.get(normalise(named.name), ()))
        return [lot for lot in lots if _fits(lot, named)]

    def take(self, wanted: Wanted) -> tuple[tuple[Part, ...], list[Problem]]:
        """The parts of batches that make up the quantity, or why there are none.

        What the books do not cover is put on the last part: it is then warned about.
        """
        lots = self.meant(wanted.named)
        problems = unclear(lots, wanted)
        if problems:
            return (), problems
        lots = [lot for lot in lots if lot.unit == wanted.unit] or lots
        if len(lots) == 1 and wanted.named.is_one_batch:
            parts: tuple[Part, ...] = (Part(lots[0].batch_id, wanted.quantity),)
        else:
            found = allocation.allocate(wanted.quantity, lots, on=wanted.on)
            parts = _covering(found)
            if not parts:
                return (), [_nothing_left(found, lots, wanted)]
        for part in parts:
            lot = self._by_id[part.batch_id]
            self._by_id[part.batch_id] = replace(lot, on_hand=lot.on_hand - part.quantity)
        return parts, []


def _fits(lot: NamedBatch, named: Named) -> bool:
    if named.specification and normalise(lot.specification) != normalise(named.specification):
        return False
    if named.batch_number and folded(lot.batch_number) != folded(named.batch_number):
        return False
    return named.produced_on is None or lot.produced_on in (named.produced_on, None)


def unclear(lots: Sequence[NamedBatch], wanted: Wanted) -> list[Problem]:
    """Why the row names no goods of the operator's, or goods of several sizes."""
    named = wanted.named
    if not lots:
        which = named.code or named.batch_number or str(named.produced_on or "")
        goods = f"“{named.name}”{f'批号（日期）{which}' if which else ''}"
        message = f"库存里没有找到{goods}，请核对名称、规格和批号，或先登记进货或生产。"
        return [Problem("batch_unknown", wanted.field, message)]
    sizes = sorted({lot.specification for lot in lots})
    if len(sizes) > 1:
        message = f"“{named.name}”有几种规格：{'、'.join(s or '没写规格' for s in sizes[:5])}，请写明规格。"
        return [Problem("product_ambiguous", wanted.size_field, message)]
    return []


def _covering(found: Allocation) -> tuple[Part, ...]:
    """The parts with what is short on the last of them; none when all was skipped for a reason."""
    if not found.parts or not found.short:
        return found.parts
    *others, last = found.parts
    return (*others, replace(last, quantity=last.quantity + found.short))


def _nothing_left(found: Allocation, lots: Sequence[NamedBatch], wanted: Wanted) -> Problem:
    name = wanted.named.name
    if found.skipped:
        why = "、".join(
            f"{_plain(each.quantity)}{lots[0].unit}{each.why}" for each in found.skipped
        )
        message = f"“{name}”现在没有能{wanted.doing}的：{why}。请核对日期，或写明批号。"
    else:
        message = (
            f"“{name}”账上已经没有了，多半是有进货没登记；请先补登进货，"
            "或在生产批号一栏写明实际的批号。"
        )
    return Problem("nothing_on_hand", wanted.field, message)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
