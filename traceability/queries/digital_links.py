"""Barcodes behind batches, for the GS1 Digital Link URIs on labels."""

from __future__ import annotations

from traceability.epcis.identifiers import check_digit
from traceability.models import Batch, Product
from traceability.rules.codes import CodeContent

LENGTHS = (8, 12, 13, 14)


def gtin_of(batch: Batch) -> str:
    """The barcode of the batch's goods, which is PUBLIC: it stands on the package.

    Empty when they have none that GS1 would read. Cost: one query.
    """
    gtin = Product.objects.filter(pk=batch.product_id).values_list("gtin", flat=True).first() or ""
    is_number = gtin.isascii() and gtin.isdecimal() and len(gtin) in LENGTHS
    return gtin if is_number and check_digit(gtin[:-1]) == gtin[-1] else ""


def is_of(content: CodeContent, gtin: str, rest: str) -> bool:
    """Whether a Digital Link names barcode and lot of the code's batch; ``rest`` follows the barcode.

    PUBLIC like the page of the code. Of a batch that is not there the page itself tells.
    Cost: two queries.
    """
    batch = Batch.objects.filter(pk=content.batch_id, token_salt=content.salt).first()
    if batch is None:
        return True
    lot = rest.removeprefix("10/").rstrip("/") if rest.startswith("10/") else ""
    return gtin_of(batch).zfill(14) == gtin.zfill(14) and lot in ("", batch.batch_number)
