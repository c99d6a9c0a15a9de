"""The sandbox: the verdicts of production, and nothing of it in the ledger."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

import pytest
import time_machine

from enterprises.actor import Forbidden, OutOfScope
from enterprises.models import Operator, SandboxTrial
from enterprises.queries import system_health
from shilian.problems import Rejected
from tests.builders import enterprises as build
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.systems import make_system
from traceability.models import Batch, Partner, Product, Purchase
from traceability.operations import intake, sandbox
from traceability.operations.intake import Status
from traceability.sheets.base import cells_of, find_kind

pytestmark = pytest.mark.django_db
MONTH = date(2026, 11, 1)
HEAD = "进货日期,食品名称,数量,单位,供货者名称"
GOOD = "2026-11-09,特一粉,10,袋,泉润粮油店"
BAD = "2026-11-09,特一粉,十袋,袋,"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def sheet(*rows: str, head: str = HEAD) -> BytesIO:
    return BytesIO("\n".join([head, *rows, ""]).encode())


def attempt(operator: Operator, upload: BytesIO, **more: object) -> SandboxTrial:
    neutral = {
        "by": owner_of(operator), "operator": operator, "kind": find_kind("purchases"),
        "system": None, "upload": upload, "file_name": "台账.csv", "month": MONTH, "at": AT,
    }  # fmt: skip
    return sandbox.try_file(**(neutral | more))


def test_nothing_is_written_but_the_verdict():
    operator = make_operator()

    trial = attempt(operator, sheet(GOOD))

    assert (trial.sent_count, trial.good_count, trial.errors) == (1, 1, {})
    for model in (Purchase, Batch, Product, Partner):
        assert not model.objects.exists()


def test_the_verdict_is_that_of_an_upload():
    operator = make_operator()
    kind = find_kind("purchases")

    trial = attempt(operator, sheet(GOOD, BAD))
    said = dict(
        zip(("purchased_on", "product_name", "quantity", "unit"), BAD.split(","), strict=False)
    )
    receipts = intake.take_in(
        kind, by=owner_of(operator), operator=operator,
        lines=[kind.read(cells_of(said), 3, MONTH)], at=AT,
    )  # fmt: skip

    assert receipts[0].status is Status.REFUSED
    told = [problem["code"] for problem in trial.problems if problem["row"] == 3]
    assert told == [problem.code for problem in receipts[0].problems]
    assert (trial.sent_count, trial.good_count) == (2, 1)


def test_what_the_ledger_has_is_no_fault():
    operator = make_operator()
    kind = find_kind("purchases")
    said = dict(
        zip(
            ("purchased_on", "product_name", "quantity", "unit", "supplier_name"),
            GOOD.split(","),
            strict=True,
        )
    )
    intake.take_in(
        kind, by=owner_of(operator), operator=operator,
        lines=[kind.read(cells_of(said), 2, MONTH)], at=AT,
    )  # fmt: skip

    trial = attempt(operator, sheet(GOOD))

    assert (trial.good_count, trial.errors) == (1, {})
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (sheet(GOOD, head="日子,东西,多少,单位,谁"), None),
        (sheet(head=HEAD), "no_rows"),
        (BytesIO(b"x" * (sandbox.MAX_BYTES + 1)), "trial_too_large"),
        (sheet(*[GOOD] * (sandbox.MAX_ROWS + 1)), "trial_too_long"),
        (BytesIO(b"\xd0\xcf\x11\xe0" + b"0" * 600), None),
    ],
)
def test_refuses_what_cannot_be_tried(upload, code):
    with pytest.raises(Rejected) as refusal:
        attempt(make_operator(), upload)

    assert len(refusal.value.codes) == 1
    assert code is None or refusal.value.codes == [code]
    assert not SandboxTrial.objects.exists()


def test_seven_clean_days_earn_the_systems_badge():
    operator = make_operator()
    system = make_system(operator)
    for back in range(6, -1, -1):
        early = GOOD.replace("11-09", "11-01")
        attempt(operator, sheet(early), system=system, at=AT - timedelta(days=back))

    badge = system_health.badges([system], today=AT.date())[system.pk]

    assert badge.is_held


def test_nobody_tries_for_another():
    with pytest.raises(OutOfScope):
        attempt(make_operator(), sheet(GOOD), by=owner_of(make_operator()))


def test_a_clerk_does_not_import_and_so_does_not_try():
    operator = make_operator()
    person = build.make_person()
    build.give_role(person, build.Role.CLERK, operator=operator)

    with pytest.raises(Forbidden):
        attempt(operator, sheet(GOOD), by=build.actor_for(person))
