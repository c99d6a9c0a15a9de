"""Which numbers an operator may register as its GLN."""

import pytest

from shilian.problems import Rejected
from tests.builders.enterprises import make_operator, owner_of
from tests.builders.traceability import AT
from tests.traceability.epcis.test_records import SELLER, known
from traceability.operations import glns

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("gln", "code"),
    [("690123400000", "gln_not_13_digits"), ("6901234000008", "gln_wrong_check_digit")],
)
def test_a_number_that_is_no_gln_is_not_registered(gln: str, code: str) -> None:
    operator = make_operator()

    with pytest.raises(Rejected) as refusal:
        glns.register_gln(by=owner_of(operator), operator=operator, gln=gln, at=AT)

    assert refusal.value.codes == [code]


def test_one_gln_is_one_operators() -> None:
    known(SELLER)

    with pytest.raises(Rejected) as refusal:
        known(SELLER)

    assert refusal.value.codes == ["gln_taken"]
