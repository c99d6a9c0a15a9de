"""The pages of a ledger import."""

from __future__ import annotations

import pytest

from enterprises.models import ImportSession
from shilian import clock
from tests.traceability.views.shop import make_shop

pytestmark = pytest.mark.django_db


def test_a_sheet_whose_file_is_gone_is_answered_in_words() -> None:
    shop = make_shop()
    session = ImportSession.objects.create(
        kind="ledger",
        file_name="四月.xlsx",
        file_path="imports/00/gone",
        sha256="0" * 64,
        state=ImportSession.State.DONE,
        operator_id=shop.operator.pk,
        county_id=shop.operator.county_id,
        created_at=clock.now(),
    )

    answer = shop.client.get(f"/my/import/{session.pk}/sheet/", follow=True)

    assert answer.status_code == 200
    assert "原文件已不在" in answer.content.decode()
