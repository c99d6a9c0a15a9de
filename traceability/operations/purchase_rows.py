"""A purchase and its batch as rows, with all that the record says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from enterprises.models import Operator
from shilian.problems import Problem
from traceability.models import BatchOrigin, IncomingDraft, Purchase
from traceability.operations import papers, writing
from traceability.operations.writing import HEAD_LENGTH, Pen, Row
from traceability.queries import suppliers
from traceability.rules.coverage import missing_fields
from traceability.rules.goods import PartnerFacts, ProductFacts
from traceability.rules.leaves import Form
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts
from traceability.rules.retention import retain_until


def gather_facts(
    operator: Operator, drafts: Sequence[PurchaseDraft], *, locked: bool = False
) -> PurchaseFacts:
    """What the operator's books say about everything the drafts name. Cost: at most five queries."""
    return PurchaseFacts(
        operator_id=operator.pk,
        credit_code=operator.credit_code,
        products=suppliers.product_facts(operator, {d.product_id for d in drafts}, locked=locked),
        suppliers=suppliers.partner_facts(operator, {d.supplier_id for d in drafts}, locked=locked),
        papers=suppliers.paper_facts(operator, {id_ for d in drafts for id_ in d.evidence_ids}),
    )


def batch_rows(
    pen: Pen, drafts: Sequence[PurchaseDraft], facts: PurchaseFacts, ids: Sequence[int]
) -> Iterator[Row]:
    """The rows of the drafts' batches, one by one."""
    drawn = zip(ids, writing.token_salts(len(ids)), drafts, strict=True)
    for id_, token_salt, draft in drawn:
        yield purchased_batch(pen, id_, token_salt, draft, facts.products[draft.product_id])


def rows_for(
    pen: Pen,
    drafts: Sequence[PurchaseDraft],
    facts: PurchaseFacts,
    ids: Sequence[int],
    batches: Sequence[Row],
    found: Sequence[list[Problem]],
) -> Iterator[Row]:
    """The rows of the purchases that put these batches into the operator's hands, one by one."""
    salts = writing.salts(len(ids))
    drawn = zip(ids, drafts, batches, found, salts, strict=True)
    for id_, draft, batch, problems, salt in drawn:
        product = facts.products[draft.product_id]
        supplier = facts.suppliers[draft.supplier_id]
        yield purchase_row(pen, id_, draft, product, supplier, batch, problems, salt)


def goods_of(
    draft: PurchaseDraft, incoming: IncomingDraft | None, facts: PurchaseFacts
) -> ProductFacts:
    """The goods as the books have them; what was announced, as its seller's paper has it."""
    if incoming is not None:
        return papers.paper_of(incoming).product_facts(draft.product_id)
    return facts.products[draft.product_id]


def purchased_batch(
    pen: Pen, id_: int, token_salt: int, draft: PurchaseDraft, product: ProductFacts
) -> Row:
    return writing.batch_row(
        pen,
        id_,
        token_salt,
        product,
        unit=draft.unit,
        quantity=draft.quantity,
        received_on=draft.purchased_on,
        batch_number=draft.batch_number,
        produced_on=draft.produced_on,
        expires_on=product.expires_on(draft.produced_on),
        origin_kind=BatchOrigin.PURCHASED.value,
        origin_place=draft.origin_place,
    )


_TAIL = writing.tail_fields(Purchase)
# What every purchase of the same goods from the same supplier says alike, written by one pen.
_CHANGING = writing.changing_places(
    _TAIL,
    (
        "operator_id",
        "division_id",
        "county_id",
        "recorded_at",
        "recorded_by",
        "channel",
        "product_id",
        "partner_id",
        "supplier_operator_id",
        "supplier_name",
        "supplier_credit_code",
        "supplier_address",
        "supplier_contact",
        "batch.product_id",
        "batch.name",
        "batch.specification",
        "batch.goods_class",
        "batch.is_farm_produce",
        "batch.shelf_life",
        "batch.origin_kind",
        "batch.maker_name",
    ),
)


def purchase_row(
    pen: Pen,
    id_: int,
    draft: PurchaseDraft,
    product: ProductFacts,
    supplier: PartnerFacts,
    batch: Row,
    problems: Sequence[Problem] = (),
    salt: bytes = b"",
    *,
    supersedes_id: int | None = None,
    sale_id: int | None = None,
) -> Row:
    """One purchase record with its completeness, retention and leaf."""
    head = _head(pen, id_, draft, product, supplier, problems, supersedes_id)
    tail = (
        batch[0],
        product.id,
        supplier.id,
        supplier.operator_id,
        supplier.name,
        supplier.credit_code,
        supplier.address,
        supplier.contact,
        draft.quantity,
        draft.unit,
        draft.purchased_on,
        sale_id,
    )
    facts = writing.batch_leaf_values(batch)
    form = _form(pen, product, supplier, (*head, *tail, *facts))
    return writing.sealed_as(form, head, tail, facts, salt)


def leaf_mould(row: Row, batch: Row, gaps: Mapping[str, str], batch_gaps: Mapping[str, str]) -> str:
    """The leaf's text of purchases like this one, with gaps named as those of the rows."""
    values = (*row[:HEAD_LENGTH], *row[HEAD_LENGTH + 2 :], *writing.batch_leaf_values(batch))
    named = dict(gaps) | {f"batch.{field}": name for field, name in batch_gaps.items()}
    places = {
        place: f"{named[field]}_json"
        for place, field in enumerate(writing.leaf_names(_TAIL))
        if field in named
    }
    return writing.leaf_form("purchase", _TAIL).mould(values, places)


def _form(pen: Pen, product: ProductFacts, supplier: PartnerFacts, values: Row) -> Form:
    """The form of all purchases of these goods from this supplier that the pen writes."""
    key = (id(product), id(supplier))
    kept = pen.forms.get(key)
    if kept is None:
        form = writing.leaf_form("purchase", _TAIL).with_known(values, _CHANGING)
        # The facts stay with the form, so that nothing else gets their place in memory.
        kept = pen.forms[key] = (form, product, supplier)
    return kept[0]


def _head(
    pen: Pen,
    id_: int,
    draft: PurchaseDraft,
    product: ProductFacts,
    supplier: PartnerFacts,
    problems: Sequence[Problem],
    supersedes_id: int | None,
) -> Row:
    subject = pen.subject_with(
        is_farm_produce=product.is_farm_produce,
        is_imported=product.is_imported,
        needs_no_shelf_life=product.needs_no_shelf_life(pen.today),
    )
    return writing.record_head(
        pen,
        id_,
        missing=missing_fields(subject, "purchase", legal_values(draft, product, supplier)),
        warnings=[problem.code for problem in problems if problem.is_warning],
        raw=draft.raw,
        evidence_ids=draft.evidence_ids,
        voucher_number=draft.voucher_number,
        retain_until=retain_until(
            recorded_on=pen.today,
            expires_on=product.expires_on(draft.produced_on),
            is_farm_produce=product.is_farm_produce,
        ),
        supersedes_id=supersedes_id,
    )


def legal_values(
    draft: PurchaseDraft, product: ProductFacts, supplier: PartnerFacts
) -> dict[str, Any]:
    """What the record says on each legal field; empty means not said."""
    return {
        "name": product.name,
        "specification": product.specification,
        "quantity": draft.quantity,
        "produced_on_or_batch_number": draft.produced_on or draft.batch_number,
        "shelf_life": product.shelf_life,
        "purchased_on": draft.purchased_on,
        "supplier_name": supplier.name,
        "supplier_address": supplier.address,
        "supplier_contact": supplier.contact,
        "voucher": draft.voucher_number or draft.evidence_ids,
    }
