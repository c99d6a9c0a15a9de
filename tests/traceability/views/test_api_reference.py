import pytest
from django.test import Client

from traceability.api import reference
from traceability.sheets.kinds import KINDS

pytestmark = pytest.mark.django_db


def test_the_reference_shows_every_endpoint_field_and_example(django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        page = Client().get("/api/")

    text = page.content.decode()
    assert page.status_code == 200
    for code in ("purchases", "sales", "products", "partners", "inspections", "production"):
        assert f"/api/v1/{code}" in text
        for column in KINDS[code].columns:
            assert f"<code>{column.field}</code>" in text
    for name in ("upload.py", "Upload.java", "upload.sh"):
        assert name in text


def test_what_the_schema_tells_is_chinese():
    for _, endpoints in reference.endpoints():
        for endpoint in endpoints:
            told = [endpoint.summary, endpoint.text, *(f.meaning for f in endpoint.fields)]
            told += [field.meaning for field in endpoint.parameters]
            told += [meaning for _, meaning in endpoint.answers]
            assert all(any("\u4e00" <= c <= "\u9fff" for c in each) for each in told), endpoint


def test_every_operation_has_a_name_of_its_own():
    names = [each.anchor for _, endpoints in reference.endpoints() for each in endpoints]

    assert len(names) == len(set(names))
