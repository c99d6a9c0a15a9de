"""What is printed on goods: the address of a batch's public page as a QR code, and the label."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage
from qrcode.main import QRCode

from traceability.epcis.identifiers import CANONICAL, is_lot_text, lot_uri
from traceability.models import Batch
from traceability.queries import digital_links
from traceability.rules import codes

# Trying all eight masks costs three times as much; any mask is valid (performance.md section 6).
MASK = 3
QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class Label:
    """One sticker: what a person reads, and what a camera reads."""

    code: str
    address: str
    name: str
    specification: str
    batch_number: str
    produced_on: date | None
    shelf_life: str
    maker_name: str
    svg: str

    @property
    def grouped_code(self) -> str:
        return codes.grouped(self.code)


def code_of(batch: Batch) -> str:
    """The batch's public code."""
    return codes.public_code(batch.pk, batch.token_salt)


def code_address(code: str) -> str:
    """The public page of a code, in capitals: QR packs them into a smaller symbol."""
    return f"{settings.SITE_ADDRESS}/q/{code}".upper()


def code_url(batch: Batch) -> str:
    """What the batch's QR code says. Cost: one query."""
    code = code_of(batch)
    gtin = digital_links.gtin_of(batch)
    return link_address(code, gtin, batch.batch_number) if gtin else code_address(code)


def link_address(code: str, gtin: str, lot: str) -> str:
    """The GS1 Digital Link URI of goods with a barcode: any reader of GS1 knows barcode and lot.

    A lot that no GS1 application identifier can carry is left out; the code names it anyway.
    Source: GS1 Digital Link URI Syntax 1.2.
    """
    path = lot_uri(gtin, lot if is_lot_text(lot) else "").removeprefix(CANONICAL)
    return f"{settings.SITE_ADDRESS}{path}?{codes.LINK_KEY}={code}"


def qr_svg(text: str) -> str:
    """The QR symbol as an SVG document that scales to any size."""
    image = _symbol(text).make_image(image_factory=SvgPathFillImage)  # type: ignore[type-abstract]
    return str(image.to_string(encoding="unicode"))  # type: ignore[no-untyped-call]


def qr_png(text: str, *, pixels_per_module: int = 8) -> bytes:
    """The QR symbol as a PNG file, black on white."""
    image = _symbol(text, box_size=pixels_per_module).make_image(image_factory=PilImage)
    stream = io.BytesIO()
    image.save(stream, format="PNG")  # type: ignore[no-untyped-call]
    return stream.getvalue()


def label_of(batch: Batch) -> Label:
    address = code_url(batch)
    return Label(
        code=code_of(batch),
        address=address,
        name=batch.name,
        specification=batch.specification,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        shelf_life=batch.shelf_life,
        maker_name=batch.maker_name,
        svg=qr_svg(address),
    )


def _symbol(text: str, *, box_size: int = 10) -> QRCode[PilImage]:
    symbol: QRCode[PilImage] = QRCode(
        error_correction=ERROR_CORRECT_M,
        mask_pattern=MASK,
        box_size=box_size,
        border=QUIET_ZONE,
    )
    symbol.add_data(text)  # type: ignore[no-untyped-call]
    symbol.make(fit=True)  # type: ignore[no-untyped-call]
    return symbol
