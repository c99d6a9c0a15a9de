"""What the register adds to a trade partner that somebody typed in."""

from __future__ import annotations

from datetime import date

import pytest

from enterprises.models import Licence
from tests.builders.enterprises import credit_code, make_operator
from tests.builders.traceability import make_partner
from traceability.queries.suppliers import partner_facts

pytestmark = pytest.mark.django_db


def _licensed_seller():
    seller = make_operator(code=credit_code(7), address="泉城路1号", contact_phone="13812345678")
    Licence.objects.filter(operator=seller).delete()
    Licence.objects.create(
        operator=seller, kind="JY", number="JY13701020000071", valid_until=date(2028, 5, 1)
    )
    return seller


def test_the_address_on_the_licence_stands_in_for_one_that_was_not_typed():
    shop, seller = make_operator(), _licensed_seller()
    partner = make_partner(shop, credit_code=seller.credit_code, address="", contact_phone="")

    facts = partner_facts(shop, [partner.pk])[partner.pk]

    assert (facts.address, facts.licence_valid_until) == ("泉城路1号", date(2028, 5, 1))
    assert "13812345678" not in facts.contact


def test_the_address_that_was_typed_stays():
    shop, seller = make_operator(), _licensed_seller()
    partner = make_partner(shop, credit_code=seller.credit_code, address="批发市场3排5号")

    assert partner_facts(shop, [partner.pk])[partner.pk].address == "批发市场3排5号"
