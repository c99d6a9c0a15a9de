"""Purchases and their batches as lines for COPY, for uploads that bring thousands.

Deliveries of the same goods from the same supplier have most of their rows and leaves alike. A
mould is such a delivery's rows with gaps for what differs; filling the gaps takes a fifth of
building rows. ``purchase_rows`` remains the one definition: moulds are made of its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from django.db import DEFAULT_DB_ALIAS, models

from shilian.db.copy import FEW, copy_lines, inserting, text_value, value_text
from shilian.db.together import Statement
from shilian.problems import Problem
from traceability.models import Batch, IncomingDraft, Purchase
from traceability.operations import purchase_rows, writing
from traceability.operations.writing import Pen, Row
from traceability.rules.goods import PartnerFacts, ProductFacts
from traceability.rules.leaves import leaf_of, written
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts
from traceability.rules.retention import retain_until

# The gaps by column: what a delivery of its own says. What a gap holds in a leaf has ``_json``
# behind its name.
BATCH_GAPS = {
    "id": "batch_id",
    "unit": "unit",
    "batch_number": "batch_number",
    "produced_on": "produced_on",
    "expires_on": "expires_on",
    "origin_place": "origin_place",
    "quantity": "quantity",
    "received_on": "purchased_on",
    "recorded_at": "recorded_at",
    "token_salt": "token_salt",
}
PURCHASE_GAPS = {
    "id": "id",
    "recorded_at": "recorded_at",
    "raw": "raw",
    "voucher_number": "voucher_number",
    "retain_until": "retain_until",
    "leaf_salt": "salt",
    "leaf_hash": "hash",
    "batch_id": "batch_id",
    "quantity": "quantity",
    "unit": "unit",
    "purchased_on": "purchased_on",
}
# What is filled in, in the order of ``_Lines._said``; the hash follows from all the others.
SAID = (
    *("batch_id", "id", "token_salt", "salt", "raw"),
    *("batch_id_json", "id_json"),
    *("recorded_at", "recorded_at_json"),
    *("batch_number", "batch_number_json", "voucher_number", "voucher_number_json"),
    *("unit", "unit_json", "quantity", "quantity_json", "purchased_on", "purchased_on_json"),
    *("produced_on", "produced_on_json", "expires_on", "expires_on_json"),
    *("retain_until", "retain_until_json", "origin_place", "origin_place_json"),
    "hash",
)
# A doubled percent sign is one of the text's own, whatever stands behind it.
_GAP = re.compile(r"%%|%\((\w+)\)s")
KEPT_MOULDS = 2_000
Key = tuple[Any, ...]


class Text:
    """A text with gaps; ``fill`` takes what goes into them in the order of ``SAID``."""

    __slots__ = ("_take", "_text")

    def __init__(self, named: str) -> None:
        """``named`` has ``%(name)s`` for each gap; by their places they are filled much faster."""
        self._text: str = _GAP.sub(lambda gap: "%s" if gap[1] else gap[0], named)
        self._take = itemgetter(*(SAID.index(name) for name in _GAP.findall(named) if name))

    def fill(self, said: tuple[Any, ...]) -> str:
        return self._text % self._take(said)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Mould:
    """The lines and the leaf of deliveries that are alike, with gaps for what differs."""

    batch: Text
    purchase: Text
    leaf: Text


class Drawn(NamedTuple):
    """One draft with everything that was drawn for it."""

    draft: PurchaseDraft
    batch_id: int
    purchase_id: int
    problems: list[Problem]
    incoming: IncomingDraft | None
    salt: bytes
    token_salt: int


# Made of nothing but their keys, so that one process keeps them from chunk to chunk.
_moulds: dict[Key, Mould] = {}


def write(
    pen: Pen,
    drafts: Sequence[PurchaseDraft],
    facts: PurchaseFacts,
    ids: tuple[Sequence[int], Sequence[int]],
    found: Sequence[list[Problem]],
    arrived: Mapping[int, IncomingDraft],
) -> tuple[list[int], list[Statement]]:
    """Write the drafts' batches and purchases under these two lists of ids.

    Gives the salts of the batches' public codes; and the statements that write a few drafts, which
    are not worth a COPY, for the caller to send with others. Cost: two COPY, none of a few.
    """
    count = len(drafts)
    token_salts = writing.token_salts(count)
    drawn = map(
        Drawn,
        drafts,
        *ids,
        found,
        map(arrived.get, range(count)),
        writing.salts(count),
        token_salts,
    )
    lines = _Lines(pen, facts)
    if count <= FEW:
        batches = [_insert(Batch, line) for line in lines.batches(drawn)]
        return token_salts, batches + [_insert(Purchase, line) for line in lines.purchases()]
    _copy(Batch, lines.batches(drawn))
    _copy(Purchase, lines.purchases())
    return token_salts, []


def _insert(model: type[models.Model], line: str) -> Statement:
    return inserting(model._meta.db_table, writing.columns_of(model), line)


def _copy(model: type[models.Model], lines: Iterator[str]) -> None:
    copy_lines(DEFAULT_DB_ALIAS, model._meta.db_table, writing.columns_of(model), lines)


class _Lines:
    def __init__(self, pen: Pen, facts: PurchaseFacts) -> None:
        self._pen, self._facts = pen, facts
        self._at = both(pen.at)
        self._common = (*pen.holder, pen.person_id, pen.channel, pen.subject, pen.today)
        self._known: dict[tuple[int, int, bool, bool], Mould] = {}
        # What the lines of the purchases are made of, once those of the batches have been taken.
        self._filled: list[tuple[bytes, Mould, tuple[Any, ...]]] = []
        self._odd: list[tuple[Drawn, Row]] = []

    def batches(self, drawn: Iterable[Drawn]) -> Iterator[str]:
        for one in drawn:
            if _is_usual(one):
                mould, said = self._mould(one), self._said(one)
                self._filled.append((one.salt, mould, said))
                yield mould.batch.fill(said)
            else:
                row = _batch_row(self._pen, one, self._goods(one))
                self._odd.append((one, row))
                yield _line(row)

    def purchases(self) -> Iterator[str]:
        """The lines of the purchases, once those of the batches have been taken."""
        for salt, mould, said in self._filled:
            leaf = leaf_of(salt, mould.leaf.fill(said).encode())
            yield mould.purchase.fill((*said, f"\\\\x{leaf.hex()}"))
        for one, batch in self._odd:
            yield _line(self._row(one, batch))

    def _goods(self, one: Drawn) -> ProductFacts:
        return purchase_rows.goods_of(one.draft, one.incoming, self._facts)

    def _row(self, one: Drawn, batch: Row) -> Row:
        supplier = self._facts.suppliers[one.draft.supplier_id]
        return _purchase_row(self._pen, one, self._goods(one), supplier, batch)

    def _mould(self, one: Drawn) -> Mould:
        draft = one.draft
        says = bool(draft.produced_on or draft.batch_number), bool(draft.voucher_number)
        known = (draft.product_id, draft.supplier_id, *says)
        mould = self._known.get(known)
        if mould is None:
            facts = self._facts
            product, supplier = facts.products[draft.product_id], facts.suppliers[draft.supplier_id]
            key = (*self._common, product, supplier, *says)
            mould = _moulds.get(key)
            if mould is None:
                if len(_moulds) >= KEPT_MOULDS:
                    _moulds.clear()
                mould = _moulds[key] = make_mould(self._pen, one, product, supplier)
            self._known[known] = mould
        return mould

    def _said(self, one: Drawn) -> tuple[Any, ...]:
        """What goes into the gaps, in the order of ``SAID``, but for the hash."""
        draft = one.draft
        product = self._facts.products[draft.product_id]
        return (
            one.batch_id,
            one.purchase_id,
            one.token_salt,
            f"\\\\x{one.salt.hex()}",
            _raw(draft.raw),
            one.batch_id,
            one.purchase_id,
            *self._at,
            *both(draft.batch_number),
            *both(draft.voucher_number),
            *often(draft.unit),
            *often(draft.quantity),
            *often(draft.purchased_on),
            *_days(self._pen.today, product, draft.produced_on, draft.origin_place),
        )


@lru_cache(maxsize=8192)
def _days(
    recorded_on: date, product: ProductFacts, produced_on: date | None, origin_place: str
) -> tuple[str, ...]:
    """What follows from the goods, the day of making and the place, written."""
    expires_on = product.expires_on(produced_on)
    kept = retain_until(
        recorded_on=recorded_on,
        expires_on=expires_on,
        is_farm_produce=product.is_farm_produce,
    )
    return (
        *both(produced_on),
        *both(expires_on),
        *both(kept),
        *both(origin_place or product.origin),
    )


def _is_usual(one: Drawn) -> bool:
    """Whether a mould fits: warnings, papers and announced goods make a row its own."""
    return not one.problems and one.incoming is None and not one.draft.evidence_ids


def _batch_row(pen: Pen, one: Drawn, product: ProductFacts) -> Row:
    return purchase_rows.purchased_batch(pen, one.batch_id, one.token_salt, one.draft, product)


def _purchase_row(
    pen: Pen, one: Drawn, product: ProductFacts, supplier: PartnerFacts, batch: Row
) -> Row:
    sale_id = one.incoming.sale_id if one.incoming else None
    return purchase_rows.purchase_row(
        pen,
        one.purchase_id,
        one.draft,
        product,
        supplier,
        batch,
        one.problems,
        one.salt,
        sale_id=sale_id,
    )


def make_mould(pen: Pen, one: Drawn, product: ProductFacts, supplier: PartnerFacts) -> Mould:
    """The mould of deliveries like this one."""
    batch = _batch_row(pen, one, product)
    row = _purchase_row(pen, one, product, supplier, batch)
    return Mould(
        Text(_line(batch, _gaps(Batch, BATCH_GAPS))),
        Text(_line(row, _gaps(Purchase, PURCHASE_GAPS))),
        Text(purchase_rows.leaf_mould(row, batch, PURCHASE_GAPS, BATCH_GAPS)),
    )


def _gaps(model: type[models.Model], names: Mapping[str, str]) -> dict[int, str]:
    fields = model._meta.concrete_fields
    return {place: names[f.attname] for place, f in enumerate(fields) if f.attname in names}


def _line(row: Row, gaps: Mapping[int, str] | None = None) -> str:
    """The row as a line for COPY; with ``gaps``, as a format with those at their places."""
    if gaps is None:
        return "\t".join(map(value_text, row)) + "\n"
    said = (
        f"%({gaps[place]})s" if place in gaps else value_text(value).replace("%", "%%")
        for place, value in enumerate(row)
    )
    return "\t".join(said) + "\n"


def both(value: Any) -> tuple[str, str]:
    """The value as COPY has it, and as a leaf has it."""
    return value_text(value), written(value)


# Days, amounts and units repeat; numbers of batches and vouchers hardly do.
@lru_cache(maxsize=8192)
def often(value: str | date | Decimal | None) -> tuple[str, str]:
    return both(value)


def _raw(raw: Mapping[str, Any] | None) -> str:
    return r"\N" if raw is None else text_value(_as_json(raw).decode())


_as_json = msgspec.json.Encoder().encode
