"""What a record still lacks, and on which page each of it is filled in."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from traceability.queries.record_pages import RecordPage

OF_THE_PRODUCT = frozenset({"name", "specification", "shelf_life"})
OF_THE_PARTNER = frozenset(
    {
        "supplier_name",
        "supplier_address",
        "supplier_contact",
        "buyer_name",
        "buyer_address",
        "buyer_contact",
    }
)


@dataclass(frozen=True, slots=True)
class Missing:
    """``url`` is empty for what the record's own correction page asks."""

    label: str
    why: str
    url: str = ""
    place: str = ""


def missing_of(found: RecordPage) -> list[Missing]:
    """Every legal field that the record lacks, in the order of the law's list."""
    return [
        Missing(field.label, field.why, *_place(found, field.code))
        for field in found.completeness.missing
    ]


def kept_elsewhere(found: RecordPage) -> list[Missing]:
    """What correcting the record cannot add before it is filled in on another page."""
    return [field for field in missing_of(found) if field.url]


def _place(found: RecordPage, code: str) -> tuple[str, str]:
    record = found.record
    if not record.is_current:
        return "", ""
    if code in OF_THE_PRODUCT:
        return reverse("traceability:product", args=[record.product_id]), "去商品资料里补"
    if code in OF_THE_PARTNER and record.partner_id:
        return reverse("traceability:partner", args=[record.partner_id]), "去对方资料里补"
    return "", ""
