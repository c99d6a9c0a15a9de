from __future__ import annotations

import io
from pathlib import Path

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from enterprises.roles import Role
from tests.builders.enterprises import give_role, make_operator, make_person
from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.builders.traceability import batch_of, make_purchase
from traceability import labels
from traceability.models import Batch, RecordState
from traceability.rules import codes

pytestmark = pytest.mark.django_db


def signed_in(client: Client, batch: Batch) -> Client:
    person = make_person()
    give_role(person, Role.CLERK, operator=batch.operator)
    client.force_login(person)
    return client


def test_the_sheet_carries_as_many_labels_as_asked_for(client: Client) -> None:
    batch = make_made_batch(make_producer())

    page = signed_in(client, batch).get(f"/my/batches/{batch.pk}/labels/", {"count": "6"})

    text = page.content.decode()
    assert text.count("扫码查来源") == 6
    assert labels.label_of(batch).grouped_code in text
    assert batch.name in text


@pytest.mark.parametrize(
    ("asked", "shown"), [("0", 1), ("9999", 240), ("many", 24), ("", 24), ("٣", 24)]
)
def test_an_odd_number_of_labels_is_put_right(client: Client, asked: str, shown: int) -> None:
    batch = batch_of(make_purchase())

    page = signed_in(client, batch).get(f"/my/batches/{batch.pk}/labels/", {"count": asked})

    assert page.content.decode().count("扫码查来源") == shown


def test_a_camera_reads_the_saved_picture(client: Client) -> None:
    batch = batch_of(make_purchase())

    answer = signed_in(client, batch).get(f"/my/batches/{batch.pk}/code.png")

    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)))
    content = codes.read_code(found.text)
    assert content is not None
    assert content.batch_id == batch.pk
    assert Path(answer.headers["Content-Disposition"].split('"')[1]).stem in found.text


def test_the_drawing_is_an_image(client: Client) -> None:
    batch = batch_of(make_purchase())

    answer = signed_in(client, batch).get(f"/my/batches/{batch.pk}/code.svg")

    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")


@pytest.mark.parametrize("what", ["labels/", "code.svg", "code.png"])
def test_a_failed_batch_gets_no_label(client: Client, what: str) -> None:
    batch = make_made_batch(make_producer())
    make_inspection(batch, result="failed", certificate_number="")

    answer = signed_in(client, batch).get(f"/my/batches/{batch.pk}/{what}", follow=True)

    assert answer.redirect_chain == [(f"/my/batches/{batch.pk}/", 302)]
    assert [problem.code for problem in answer.context["unlabelled"]] == ["label_of_failed_batch"]
    assert [str(each) for each in answer.context["messages"]] == [
        "这一批出厂检验不合格，不得出厂，不能打印标签；复检合格后，登记检验再打印。"
    ]
    assert f"/my/batches/{batch.pk}/labels/" not in answer.content.decode()


@pytest.mark.parametrize("what", ["labels/", "code.svg", "code.png"])
def test_a_voided_batch_gets_no_label(client: Client, what: str) -> None:
    batch = make_made_batch(make_producer())
    Batch.objects.filter(pk=batch.pk).update(state=RecordState.VOIDED)

    answer = signed_in(client, batch).get(f"/my/batches/{batch.pk}/{what}", follow=True)

    assert answer.redirect_chain == [(f"/my/batches/{batch.pk}/", 302)]
    assert [problem.code for problem in answer.context["unlabelled"]] == ["label_of_void_batch"]


def test_a_batch_that_passed_after_all_gets_its_labels(client: Client) -> None:
    batch = make_made_batch(make_producer())
    make_inspection(batch, result="failed", certificate_number="")
    make_inspection(batch)

    answer = signed_in(client, batch).get(f"/my/batches/{batch.pk}/labels/")

    assert answer.status_code == 200


@pytest.mark.parametrize("what", ["labels/", "code.svg", "code.png"])
def test_another_operators_batch_is_not_there(client: Client, what: str) -> None:
    batch = batch_of(make_purchase())
    person = make_person()
    give_role(person, Role.OWNER, operator=make_operator())
    client.force_login(person)

    assert client.get(f"/my/batches/{batch.pk}/{what}").status_code == 404
