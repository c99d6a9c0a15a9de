from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from traceability import labels
from traceability.rules import codes

CODE = codes.public_code(913_225_117_843_456_001, 7)


@pytest.fixture(autouse=True)
def _official_domain(settings) -> None:  # type: ignore[no-untyped-def]
    settings.SITE_ADDRESS = "https://shilian.shandong.gov.cn"


def test_a_camera_reads_the_address_from_the_png() -> None:
    address = labels.code_address(CODE)

    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(labels.qr_png(address))))

    assert found.text == f"HTTPS://SHILIAN.SHANDONG.GOV.CN/Q/{CODE}"
    assert codes.read_code(found.text) is not None


def test_the_symbol_stays_small_enough_for_a_label() -> None:
    symbol = labels._symbol(labels.code_address(CODE))

    assert symbol.version == 3


def test_the_svg_scales_and_holds_no_script() -> None:
    svg = labels.qr_svg(labels.code_address(CODE))

    assert svg.startswith("<svg")
    assert "viewBox" in svg
    assert "<script" not in svg
