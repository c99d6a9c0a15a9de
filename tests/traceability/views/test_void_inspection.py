from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from enterprises.roles import Role
from tests.builders.enterprises import give_role, make_person
from tests.builders.production import make_inspection, make_made_batch, make_producer
from traceability.models import FactoryInspection

pytestmark = pytest.mark.django_db


@pytest.fixture
def inspection(client: Client) -> FactoryInspection:
    found = make_inspection(make_made_batch(make_producer()))
    person = make_person()
    give_role(person, Role.OWNER, operator=found.operator)
    client.force_login(person)
    return found


def test_an_inspection_is_voided_from_its_page(
    client: Client, inspection: FactoryInspection
) -> None:
    page = f"/my/inspections/{inspection.pk}/"
    assert f"{page}void/" in client.get(page).content.decode()

    answer = client.post(f"{page}void/", {"reason": "证号写错", "submit_key": str(uuid4())})

    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    inspection.refresh_from_db()
    assert (inspection.state, inspection.reason) == ("voided", "证号写错")


def test_a_void_without_a_reason_is_refused(client: Client, inspection: FactoryInspection) -> None:
    answer = client.post(f"/my/inspections/{inspection.pk}/void/", {"submit_key": str(uuid4())})

    assert answer.status_code == 422
    assert "写明原因" in answer.content.decode()
    inspection.refresh_from_db()
    assert inspection.is_current


def test_a_failed_inspection_claims_no_certificate(client: Client) -> None:
    failed = make_inspection(
        make_made_batch(make_producer()), result="failed", certificate_number=""
    )
    person = make_person()
    give_role(person, Role.OWNER, operator=failed.operator)
    client.force_login(person)

    shown = client.get(f"/my/inspections/{failed.pk}/").context["completeness"]

    assert "certificate_number" not in {field.code for field in (*shown.met, *shown.missing)}
