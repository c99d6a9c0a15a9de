from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection

from enterprises.actor import OutOfScope
from shilian.problems import Rejected
from tests.builders.enterprises import AT, credit_code, make_operator, owner_of
from tests.builders.traceability import make_purchase
from traceability.models import Partner, QuietMonth
from traceability.operations import catalogue, partners, quiet
from traceability.rules.catalogue import ProductDraft
from traceability.rules.partners import PartnerDraft

pytestmark = pytest.mark.django_db

DRAFT = PartnerDraft(name="鲁南粮油", is_supplier=True, contact_phone="0531-88888888")


def save(operator, draft=DRAFT, **more):
    return partners.save_partner(
        by=owner_of(operator), operator=operator, draft=draft, at=AT, **more
    )


def save_product(operator):
    draft = ProductDraft(name="鲁花花生油", unit="桶")
    return catalogue.save_product(by=owner_of(operator), operator=operator, draft=draft, at=AT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("enter", [save, save_product])
def test_two_presses_at_once_enter_it_once(enter):
    operator = make_operator()
    owner_of(operator)
    together, entered = threading.Barrier(4), []

    def press() -> None:
        together.wait()
        try:
            entered.append(enter(operator).pk)
        finally:
            connection.close()

    presses = [threading.Thread(target=press) for _ in range(4)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()

    assert len(entered) == 4
    assert len(set(entered)) == 1


def test_an_exact_credit_code_links_a_registered_operator():
    other = make_operator()

    saved = save(
        make_operator(),
        replace(DRAFT, credit_code=other.credit_code.lower(), is_outside_province=True),
    )

    assert (saved.linked_operator_id, saved.is_outside_province) == (other.pk, False)


def test_a_partner_from_outside_stays_external():
    saved = save(make_operator(), replace(DRAFT, is_outside_province=True))

    assert (saved.is_registered, saved.is_outside_province, saved.pinyin) == (False, True, "lnly")


def test_a_supplier_entered_as_buyer_is_both():
    operator = make_operator()
    save(operator)

    saved = save(operator, replace(DRAFT, is_supplier=False, is_buyer=True))

    assert (saved.is_supplier, saved.is_buyer) == (True, True)
    assert Partner.objects.filter(operator=operator).count() == 1


def test_a_partner_known_by_name_gets_its_code_later():
    operator = make_operator()
    first = save(operator)

    second = save(operator, replace(DRAFT, credit_code=credit_code()))

    assert first.pk == second.pk


def test_every_fault_is_told_at_once():
    operator = make_operator()
    bad = PartnerDraft(name="", credit_code=operator.credit_code, contact_phone="没有")

    with pytest.raises(Rejected) as refused:
        save(operator, bad)

    assert refused.value.codes == [
        "name_missing",
        "partner_role_missing",
        "partner_is_oneself",
        "phone_malformed",
    ]
    assert not Partner.objects.exists()


def test_another_operators_partner_does_not_exist():
    foreign = save(make_operator())
    operator = make_operator()

    with pytest.raises(OutOfScope):
        save(operator, DRAFT, partner=foreign)
    with pytest.raises(OutOfScope):
        partners.retire_partner(
            by=owner_of(operator), operator=operator, partner_id=foreign.pk, at=AT
        )


def test_a_quiet_month_is_declared_once():
    operator = make_operator()

    for _ in range(2):
        quiet.declare_quiet_month(
            by=owner_of(operator), operator=operator, month=date(2026, 10, 5), at=AT
        )

    assert QuietMonth.objects.get().month == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("month", "code"),
    [
        (date(2026, 11, 1), "quiet_month_has_purchases"),
        (date(2026, 9, 1), "quiet_month_out_of_reach"),
        (date(2026, 12, 1), "quiet_month_out_of_reach"),
    ],
)
def test_a_month_that_cannot_be_quiet_is_refused(month, code):
    operator = make_operator()
    make_purchase(operator)

    with pytest.raises(Rejected) as refused:
        quiet.declare_quiet_month(by=owner_of(operator), operator=operator, month=month, at=AT)

    assert refused.value.codes == [code]
    assert not QuietMonth.objects.exists()


def entered(operator):
    fields = [*partners.FILLED, "created_at"]
    return list(Partner.objects.filter(operator=operator).order_by("pk").values(*fields))


def save_many(operator, drafts, by=None):
    return partners.save_partners(
        by=by or owner_of(operator), operator=operator, drafts=drafts, at=AT
    )


def test_many_partners_are_what_one_after_another_would_be():
    single, bulk, other, code = make_operator(), make_operator(), make_operator(), credit_code()
    for operator in (single, bulk):
        save(operator)
    many = [
        replace(DRAFT, credit_code=code, address="枣庄"),
        replace(DRAFT, is_supplier=False, is_buyer=True),
        replace(DRAFT, name="鲁南粮油二店", credit_code=code, is_buyer=True),
        replace(DRAFT, name="隔壁", credit_code=other.credit_code, is_outside_province=True),
        replace(DRAFT, contact_name="老张"),
    ]

    one_by_one = [save(single, draft) for draft in many]
    together = save_many(bulk, many)

    assert entered(bulk) == entered(single)
    order = [one_by_one.index(each) for each in one_by_one]
    assert [together.index(each) for each in together] == order


def test_many_partners_cost_the_same_queries_as_few(django_assert_num_queries):
    operator = make_operator()
    save(operator)
    owner = owner_of(operator)
    many = [
        DRAFT,
        *(replace(DRAFT, name=f"供应商{n}", credit_code=credit_code()) for n in range(50)),
    ]

    for drafts in (many[:2], many):
        with django_assert_num_queries(7):
            save_many(operator, drafts, by=owner)


def test_every_fault_of_many_partners_is_told_at_its_row():
    operator = make_operator()
    bad = [
        replace(DRAFT, row=1),
        replace(DRAFT, name="", contact_phone="没有", row=2),
        replace(DRAFT, is_supplier=False, credit_code=operator.credit_code, row=3),
    ]

    with pytest.raises(Rejected) as refused:
        save_many(operator, bad)

    assert [(problem.row, problem.code) for problem in refused.value.problems] == [
        (2, "name_missing"),
        (2, "phone_malformed"),
        (3, "partner_role_missing"),
        (3, "partner_is_oneself"),
    ]
    assert not Partner.objects.exists()
