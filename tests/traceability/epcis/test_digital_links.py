"""QR codes of goods with a barcode: GS1 Digital Links that lead to the page of their code."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from tests.builders.enterprises import make_operator
from tests.builders.traceability import batch_of, make_product, make_purchase
from traceability import labels
from traceability.epcis.identifiers import read
from traceability.models import Batch
from traceability.rules import codes

pytestmark = pytest.mark.django_db
GTIN = "6901234567892"


def labelled(lot: str = "L-7/1", gtin: str = GTIN) -> Batch:
    operator = make_operator()
    product = make_product(operator, gtin=gtin)
    return batch_of(make_purchase(operator, product=product, batch_number=lot))


def local(address: str) -> str:
    return "/" + address.split("://", 1)[1].partition("/")[2]


def test_the_symbol_of_goods_with_a_barcode_is_a_digital_link() -> None:
    batch = labelled()

    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(labels.qr_png(labels.code_url(batch)))))

    key = read(found.text)
    assert key is not None
    assert (key.scheme, key.value, key.extra) == ("lgtin", f"0{GTIN}", "L-7/1")
    content = codes.read_code(found.text)
    assert content is not None
    assert content.batch_id == batch.pk


def test_the_link_leads_to_the_page_of_its_code() -> None:
    batch = labelled()

    page = Client().get(local(labels.code_url(batch)), follow=True)

    assert page.status_code == 200
    assert page.redirect_chain == [(f"/q/{labels.code_of(batch)}", 302)]


@pytest.mark.parametrize("gtin", ["", "6901234567893", "12345"])
def test_goods_without_a_right_barcode_keep_the_short_address(gtin: str) -> None:
    batch = labelled(gtin=gtin)

    assert labels.code_url(batch) == labels.code_address(labels.code_of(batch))


def test_a_lot_that_gs1_cannot_carry_is_left_out() -> None:
    batch = labelled(lot="二〇二六年第七批")

    address = labels.code_url(batch)

    assert f"/01/0{GTIN}?q=" in address
    assert Client().get(local(address)).status_code == 302


@pytest.mark.parametrize("change", [(f"0{GTIN}", "06901234567908"), ("L-7", "L-8")])
def test_a_code_under_another_barcode_or_lot_is_refused(change: tuple[str, str]) -> None:
    address = local(labels.code_url(labelled()))

    page = Client().get(address.replace(*change))

    assert page.status_code == 404


def test_a_link_without_a_code_asks_for_it() -> None:
    answer = Client().get(f"/01/0{GTIN}/10/L1")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/q/")


def test_a_typed_link_is_understood_where_codes_are_typed() -> None:
    batch = labelled()

    answer = Client().get("/q/", {"code": labels.code_url(batch)})

    assert answer.headers["Location"] == f"/q/{labels.code_of(batch)}"
