"""Recording goods received (进货查验), and putting such records right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors
from traceability.models import Batch, BatchOrigin, Purchase
from traceability.operations import writing
from traceability.operations.writing import Pen, Row
from traceability.queries import suppliers
from traceability.rules import purchases as rules
from traceability.rules.coverage import missing_fields
from traceability.rules.goods import PartnerFacts, ProductFacts
from traceability.rules.purchases import PurchaseDraft, PurchaseFacts
from traceability.rules.retention import retain_until

OPERATION = "record_purchases"


def preview_purchases(
    *, by: Actor, operator: Operator, drafts: Sequence[PurchaseDraft], at: datetime
) -> list[Problem]:
    """Every problem and warning that recording these drafts now would meet; nothing is written."""
    by.require(Permission.RECORD_PURCHASES, on=operator)
    facts = gather_facts(operator, drafts)
    return rules.check_purchases(drafts, facts, today=business_day(at))


@transaction.atomic
def record_purchases(
    *,
    by: Actor,
    operator: Operator,
    drafts: Sequence[PurchaseDraft],
    at: datetime,
    submit_key: UUID | None = None,
) -> list[Purchase]:
    """Record goods received: all of the drafts, or none of them.

    A second call with the same ``submit_key`` returns what the first recorded.
    Raises: Rejected with every problem found, each naming its row.
    Source: Food Safety Law articles 50, 53 and 65.
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    pen = writing.pen_for(by, operator, at)
    ids = pen.ids(2 * len(drafts))
    purchase_ids = ids[len(drafts) :]
    earlier = writing.claim_submission(operator, submit_key, OPERATION, purchase_ids, at)
    if earlier is not None:
        return list(Purchase.objects.filter(operator=operator, pk__in=earlier).order_by("pk"))
    if not drafts:
        return []
    facts = gather_facts(operator, drafts, locked=True)
    found = rules.check_each_purchase(drafts, facts, today=pen.today)
    if any(errors(problems) for problems in found):
        raise Rejected(problem for problems in found for problem in problems)
    batches, rows = build_rows(pen, drafts, facts, ids, found)
    writing.copy_records(Batch, batches)
    writing.copy_records(Purchase, rows)
    _follow_up(by, pen, drafts, facts)
    return [writing.record_from(Purchase, row) for row in rows]


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


def build_rows(
    pen: Pen,
    drafts: Sequence[PurchaseDraft],
    facts: PurchaseFacts,
    ids: list[int],
    found: list[list[Problem]],
) -> tuple[list[Row], list[Row]]:
    """The rows of batches and purchases; ``ids`` are first the batches', then the purchases'."""
    count = len(drafts)
    drawn = zip(writing.salts(count), writing.token_salts(count), strict=True)
    batches, rows = [], []
    for number, (draft, problems, (salt, token_salt)) in enumerate(
        zip(drafts, found, drawn, strict=True)
    ):
        product = facts.products[draft.product_id]
        batch = purchased_batch(pen, ids[number], token_salt, draft, product)
        supplier = facts.suppliers[draft.supplier_id]
        batches.append(batch)
        rows.append(
            purchase_row(pen, ids[count + number], draft, product, supplier, batch, problems, salt)
        )
    return batches, rows


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
    subject = pen.subject.with_goods(
        is_farm_produce=product.is_farm_produce, is_imported=product.is_imported
    )
    head = writing.record_head(
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
    return writing.sealed("purchase", _TAIL, head, tail, writing.batch_leaf_facts(batch), salt)


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


def _follow_up(by: Actor, pen: Pen, drafts: Sequence[PurchaseDraft], facts: PurchaseFacts) -> None:
    operator, at = pen.operator, pen.at
    writing.mark_months(operator, (draft.purchased_on for draft in drafts))
    writing.touch_products(operator, facts.products, at)
    writing.touch_partners(operator, facts.suppliers.values(), at)
    writing.begin_using(operator, at)
    audit.append(by=by, at=at, event="purchases_recorded", about=operator, count=len(drafts))
