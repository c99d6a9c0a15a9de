"""Purchases and their batches as lines for COPY, for uploads that bring thousands.

Deliveries of the same goods from the same supplier have most of their rows and leaves alike. A
mould is such a delivery's rows with gaps for what differs; filling the gaps takes a fifth of
building rows. ``purchase_rows`` remains the one definition: moulds are made of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from django.db import DEFAULT_DB_ALIAS, models

from shilian.db.copy import copy_lines, text_value, value_text
from shilian.problems import Problem
from traceability.models import Batch, IncomingDraft, Purchase
from traceability.operations import purchase_rows, writing
from traceability.operations.writing import Pen, Row
from traceability.rules.goods import PartnerFacts, ProductFacts
from traceability.rules.leaves import leaf_of, written
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts
from traceability.rules.retention import retain_until

# The gaps by column; what a gap holds in a leaf has ``_json`` behind its name.
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
KEPT_MOULDS = 2_000
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Mould:
    """The lines and the leaf of deliveries that are alike, with gaps for what differs."""

    batch: str
    purchase: str
    leaf: str


@dataclass(frozen=True, slots=True)
class Drawn:
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
) -> list[int]:
    """Write the drafts' batches and purchases under these two lists of ids. Cost: two COPY.

    Gives the salts of the batches' public codes.
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
    _copy(Batch, lines.batches(drawn))
    _copy(Purchase, lines.purchases())
    return token_salts


def _copy(model: type[models.Model], lines: Iterator[str]) -> None:
    copy_lines(DEFAULT_DB_ALIAS, model._meta.db_table, writing.columns_of(model), lines)


class _Lines:
    def __init__(self, pen: Pen, facts: PurchaseFacts) -> None:
        self._pen, self._facts = pen, facts
        self._at = both(pen.at)
        self._common = (*pen.holder, pen.person_id, pen.channel, pen.subject, pen.today)
        self._known: dict[tuple[int, int, bool, bool], Mould] = {}
        # What the lines of the purchases are made of, once those of the batches have been taken.
        self._filled: list[tuple[Drawn, Mould, dict[str, Any]]] = []
        self._odd: list[tuple[Drawn, Row]] = []

    def batches(self, drawn: Iterable[Drawn]) -> Iterator[str]:
        for one in drawn:
            if _is_usual(one):
                mould = self._mould(one)
                said = self._said(one)
                self._filled.append((one, mould, said))
                yield mould.batch % said
            else:
                row = _batch_row(self._pen, one, self._goods(one))
                self._odd.append((one, row))
                yield _line(row)

    def purchases(self) -> Iterator[str]:
        """The lines of the purchases, once those of the batches have been taken."""
        for one, mould, said in self._filled:
            leaf = leaf_of(one.salt, (mould.leaf % said).encode())
            said["hash"] = rf"\\x{leaf.hex()}"
            yield mould.purchase % said
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

    def _said(self, one: Drawn) -> dict[str, Any]:
        """What goes into the gaps."""
        draft = one.draft
        said = {
            "id": one.purchase_id,
            "id_json": one.purchase_id,
            "batch_id": one.batch_id,
            "batch_id_json": one.batch_id,
            "recorded_at": self._at[0],
            "recorded_at_json": self._at[1],
            "token_salt": one.token_salt,
            "salt": rf"\\x{one.salt.hex()}",
            "raw": _raw(draft.raw),
        }
        said["unit"], said["unit_json"] = often(draft.unit)
        said["quantity"], said["quantity_json"] = often(draft.quantity)
        said["purchased_on"], said["purchased_on_json"] = often(draft.purchased_on)
        said["batch_number"], said["batch_number_json"] = both(draft.batch_number)
        said["voucher_number"], said["voucher_number_json"] = both(draft.voucher_number)
        self._say_days(said, draft, self._facts.products[draft.product_id])
        return said

    def _say_days(self, said: dict[str, Any], draft: PurchaseDraft, product: ProductFacts) -> None:
        expires_on = product.expires_on(draft.produced_on)
        kept = retain_until(
            recorded_on=self._pen.today,
            expires_on=expires_on,
            is_farm_produce=product.is_farm_produce,
        )
        said["produced_on"], said["produced_on_json"] = often(draft.produced_on)
        said["expires_on"], said["expires_on_json"] = often(expires_on)
        said["retain_until"], said["retain_until_json"] = often(kept)
        origin = draft.origin_place or product.origin
        said["origin_place"], said["origin_place_json"] = often(origin)


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
        _line(batch, _gaps(Batch, BATCH_GAPS)),
        _line(row, _gaps(Purchase, PURCHASE_GAPS)),
        purchase_rows.leaf_mould(row, batch, PURCHASE_GAPS, BATCH_GAPS),
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
