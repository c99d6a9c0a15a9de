from __future__ import annotations

import pytest
from django.urls import reverse

from tests.builders.chains import lixia, make_chain, make_open_case
from tests.builders.enterprises import AT, officer_of
from tests.traceability.views.shop import make_shop
from traceability.models import AccessReceipt
from traceability.operations.cases import look_at_trace

pytestmark = pytest.mark.django_db


def test_the_owner_reads_which_bureau_saw_the_data_under_a_case():
    shop = make_shop()
    chain = make_chain()
    case, county = make_open_case(chain.start, reason="某厂奶粉"), officer_of(lixia())
    look_at_trace(by=county, starts=[chain.start.pk], direction="down", case_id=case.pk, at=AT)
    AccessReceipt.objects.filter(operator_id=chain.shop.pk).update(operator_id=shop.operator.pk)

    page = shop.client.get(reverse("traceability:looks")).content.decode()

    assert "追溯案件中的查阅" in page
    assert "历下区市场监督管理局" in page
    assert "抽检不合格" in page
    assert "奶粉" not in page
    assert "还没有人看过" not in page


def test_without_a_look_under_a_case_the_list_does_not_appear():
    page = make_shop().client.get(reverse("traceability:looks")).content.decode()

    assert "追溯案件中的查阅" not in page
    assert "还没有人看过" in page


def test_receipts_are_paged():
    shop = make_shop()
    chain = make_chain()
    case, county = make_open_case(chain.start), officer_of(lixia())
    run = look_at_trace(
        by=county, starts=[chain.start.pk], direction="down", case_id=case.pk, at=AT
    ).run
    AccessReceipt.objects.bulk_create(
        AccessReceipt(
            operator_id=shop.operator.pk, day=AT.date().replace(day=day), case=case, run=run
        )
        for day in range(1, 13)
    )

    page = shop.client.get(reverse("traceability:looks"))

    assert len(page.context["receipts"]) == 10
    older = shop.client.get(
        reverse("traceability:looks"), {"cursor": page.context["receipts_page"].older}
    )
    assert [receipt.day.day for receipt in older.context["receipts"]] == [2, 1]
