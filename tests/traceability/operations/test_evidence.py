from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry, Operator
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    give_role,
    make_county,
    make_operator,
    make_person,
    owner_of,
)
from tests.builders.traceability import make_partner
from traceability.models import EvidenceDocument
from traceability.operations import evidence

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def photo(colour: str = "teal") -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(stream, format="PNG")
    return io.BytesIO(stream.getvalue())


def store(operator: Operator, **facts: Any) -> EvidenceDocument:
    neutral = {"by": owner_of(operator), "upload": photo(), "kind": "voucher", "at": AT}
    return evidence.store_evidence(operator=operator, **(neutral | facts))


def test_a_paper_is_kept_by_hash(files: Path) -> None:
    document = store(make_operator(), number="P-1", valid_until=date(2027, 1, 1))

    path = evidence.file_of(document)
    assert path.read_bytes()[:3] == b"\xff\xd8\xff"
    assert (document.media_type, document.byte_count) == ("image/jpeg", path.stat().st_size)
    assert path.stat().st_mode & 0o077 == 0
    assert AuditEntry.objects.get(event="evidence_stored").about_id == document.pk


def test_the_same_picture_is_kept_once_and_brought_up_to_date(files: Path) -> None:
    operator = make_operator()
    first = store(operator, number="P-1")

    second = store(operator, valid_until=date(2027, 1, 1))

    assert first.pk == second.pk
    second.refresh_from_db()
    assert (second.number, second.valid_until) == ("P-1", date(2027, 1, 1))
    assert len([path for path in files.rglob("*") if path.is_file()]) == 1


def test_a_licence_tells_the_address_book_how_long_it_is_valid() -> None:
    operator = make_operator()
    partner = make_partner(operator)

    store(operator, kind="licence", partner_id=partner.pk, valid_until=date(2030, 5, 1))

    partner.refresh_from_db()
    assert partner.licence_valid_until == date(2030, 5, 1)


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"kind": "diploma"}, "kind_unknown", "kind"),
        ({"issued_on": date(2026, 11, 11)}, "issued_in_future", "issued_on"),
        (
            {"issued_on": date(2026, 5, 2), "valid_until": date(2026, 5, 1)},
            "valid_until_before_issue",
            "valid_until",
        ),
        ({"partner_id": 5}, "partner_unknown", "partner_id"),
        ({"product_id": 5}, "product_unknown", "product_id"),
        ({"upload": io.BytesIO(b"MZ virus")}, "file_type_unknown", "upload"),
    ],
)
def test_refuses_and_keeps_nothing(
    files: Path, facts: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Rejected) as refused:
        store(make_operator(), **facts)

    assert [(p.code, p.field) for p in refused.value.problems] == [(code, field)]
    assert EvidenceDocument.objects.count() == 0
    assert list(files.rglob("*.jpg")) == []


def test_another_operators_partner_looks_like_none() -> None:
    foreign = make_partner(make_operator())

    with pytest.raises(Rejected) as refused:
        store(make_operator(), partner_id=foreign.pk)

    assert refused.value.codes == ["partner_unknown"]


def test_an_expired_paper_is_kept() -> None:
    assert store(make_operator(), valid_until=date(2026, 11, 9)).pk


def test_nobody_stores_or_retires_for_another() -> None:
    operator, stranger = make_operator(), make_operator()
    document = store(operator)

    with pytest.raises(OutOfScope):
        store(operator, by=owner_of(stranger))
    with pytest.raises(OutOfScope):
        evidence.retire_evidence(by=owner_of(stranger), operator=stranger, document=document, at=AT)

    document.refresh_from_db()
    assert not document.is_retired


def test_a_retired_paper_is_offered_no_more() -> None:
    operator = make_operator()
    document = store(operator)

    evidence.retire_evidence(by=owner_of(operator), operator=operator, document=document, at=AT)

    document.refresh_from_db()
    assert document.is_retired


def test_the_file_is_shown_inside_a_sandbox(client: Any) -> None:
    operator = make_operator()
    document = store(operator)
    person = make_person()
    give_role(person, Role.OWNER, operator=operator)
    client.force_login(person)

    answer = client.get(f"/papers/{document.pk}/file/")

    assert answer.status_code == 200
    assert answer.getvalue()[:3] == b"\xff\xd8\xff"
    answer.close()
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("where", "status"), [("370102", 200), ("370103", 404)], ids=["own county", "neighbour"]
)
def test_officers_see_the_papers_of_their_county(client: Any, where: str, status: int) -> None:
    document = store(make_operator())
    person = make_person()
    give_role(person, Role.COUNTY_OFFICER, division=make_county(code=where, name=f"区{where}"))
    client.force_login(person)

    answer = client.get(f"/papers/{document.pk}/file/")
    answer.close()

    assert answer.status_code == status
