"""A bulletin's figures rebuilt from raw records by separate code."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from enterprises.actor import platform_actor
from enterprises.models import Operator
from enterprises.operations import audit
from shilian import clock
from supervision.models import Bulletin, Suspicion
from supervision.operations import bulletins
from supervision.recount.run import NotFrozen, Report, recompute
from supervision.rollups.channels import count_channels
from supervision.rollups.fill import fill_all
from tests.builders.enterprises import make_city, make_county, make_operator, make_township
from tests.builders.numbers import (
    correct_purchase,
    make_goods_class,
    make_incoming,
    make_inspection,
    make_purchase,
    make_sale,
    make_system,
    noon,
    send_rows,
)
from traceability.models import IncomingDraft, Purchase, QuietMonth, RecordState

pytestmark = pytest.mark.django_db
MONTH, BEFORE = date(2026, 10, 1), date(2026, 9, 1)
OPENS = clock.start_of(date(2026, 11, 3))
LATER = OPENS + timedelta(days=9)
LISTED = {"listed_at": noon(date(2026, 8, 1)), "activated_at": noon(date(2026, 8, 1))}


def day(number: int) -> date:
    return date(2026, 10, number)


def make_month() -> Operator:
    """Two counties with everything that a figure is made of; returns an active operator."""
    make_goods_class()
    make_goods_class("C1_SCHOOL", bit=12, group="catering")
    first, second = make_township(), make_township(county=make_county(code="370103", name="市中区"))
    make_city(code="370200", name="青岛市")
    busy = make_operator(township=first, goods_classes=["K06_DAIRY"], **LISTED)
    for number in (5, 6, 7, 8):
        make_purchase(busy, on=day(number), goods_class="K06_DAIRY")
    _faults(make_operator(township=first, sector="catering", **LISTED))
    _canteen(
        make_operator(township=second, sector="catering", catering_class="C1_SCHOOL", **LISTED)
    )
    make_operator(township=second, state="listed", listed_at=LISTED["listed_at"])
    make_operator(township=second, standing="closed", standing_since=day(9), standing_reason="核实",
                  **LISTED)  # fmt: skip
    make_operator(township=second, standing="suspended", standing_since=day(20),
                  standing_reason="核实", sector="production", **LISTED)  # fmt: skip
    half = make_operator(township=second, listed_at=LISTED["listed_at"], activated_at=noon(day(16)))
    make_sale(half, on=day(20))
    quiet = make_operator(township=first, **LISTED)
    QuietMonth.objects.create(operator_id=quiet.pk, month=MONTH, declared_at=noon(day(28)))
    make_purchase(busy, on=date(2026, 9, 5))
    return busy


def _faults(operator: Operator) -> None:
    """Late, incomplete, corrected, unmatched, overdue; a system that delivers and one that does not."""
    make_purchase(operator, on=day(1), recorded_at=noon(day(9)))
    make_purchase(operator, on=day(2), missing=["batch_number"])
    old = make_purchase(operator, on=day(3), recorded_at=noon(day(4)))
    correct_purchase(old, at=noon(day(20)), on=day(4))
    make_purchase(operator, on=day(5), supplier_operator_id=7)
    make_purchase(operator, on=day(6), supplier_operator_id=7, sale_id=999_999_999)
    make_incoming(operator, sold_on=day(10))
    make_incoming(operator, sold_on=day(30))
    good, bad = (make_system(operator, since=date(2026, 9, 1)) for _ in range(2))
    for number in range(1, 32):
        send_rows(good, day(number))
    send_rows(bad, day(1), sent=10, accepted=2)


def _canteen(operator: Operator) -> None:
    for number in range(9, 31):
        make_inspection(operator, on=day(number))


def drafted() -> Bulletin:
    fill_all(at=noon(day(31)))
    return bulletins.draft_bulletin(by=platform_actor(), month=MONTH, at=OPENS)


def checked() -> Report:
    return recompute(MONTH, at=LATER)


def differing(report: Report) -> list[str]:
    return [cell.place for each in report.bulletins for cell in each.differences]


def test_every_cell_is_what_the_records_say() -> None:
    make_month()
    bulletin = drafted()

    report = checked()

    assert differing(report) == []
    assert report.difference_count == 0
    assert report.bulletins[0].cell_count > 400
    values = bulletin.figures["total"]["values"]
    told = {code: (value["numerator"], value["denominator"]) for code, value in values.items()}
    assert told == {
        "registration": (6, 7), "activity": (3, 6), "coverage": (2, 2), "system_upload": (1, 2),
        "timeliness": (31, 32), "completeness": (31, 32), "broken_links": (2, 3),
    }  # fmt: skip


def test_an_areas_bulletin_is_borne_out_as_well() -> None:
    make_month()
    drafted()
    for path in (make_county().path, make_city().path):
        bulletins.draft_bulletin(by=platform_actor(), month=MONTH, at=LATER, area_path=path)

    report = checked()

    assert len(report.bulletins) == 3
    assert differing(report) == []


def test_the_channels_are_those_of_the_night_before() -> None:
    busy = make_month()
    count_channels(MONTH, at=OPENS - timedelta(hours=20))
    make_purchase(busy, on=day(31), recorded_at=OPENS - timedelta(hours=2))

    bulletin = drafted()

    assert differing(checked()) == []
    [form] = bulletin.figures["channels"]
    assert bulletin.figures["total"]["record_count"] == form["record_count"] + 1


def test_a_month_that_an_officer_found_made_up_counts_in_neither() -> None:
    busy = make_month()
    Suspicion.objects.create(
        operator=busy, division_id=busy.division_id, county_id=busy.county_id, month=MONTH,
        score=90, state=Suspicion.State.EXCLUDED, scored_at=noon(day(20)),
        decided_at=noon(day(21)), decided_name="王五", reason="现场核查不实",
    )  # fmt: skip

    bulletin = drafted()

    assert differing(checked()) == []
    assert bulletin.figures["total"]["values"]["activity"]["numerator"] == 2


def test_one_planted_record_is_found() -> None:
    busy = make_month()
    drafted()
    Purchase.objects.filter(operator=busy, purchased_on=day(8)).update(
        recorded_at=noon(day(8)) + timedelta(days=10)
    )

    found = differing(checked())

    assert {
        "total/activity/numerator", "total/timeliness/numerator",
        "counties/370102/activity/numerator", "cities/370100/activity/rank",
    } - set(found) == {"cities/370100/activity/rank"}  # fmt: skip
    assert "counties/370103/activity/numerator" not in found


def test_one_record_made_to_disappear_is_found() -> None:
    busy = make_month()
    drafted()
    Purchase.objects.filter(operator=busy, purchased_on=day(8)).delete()

    assert {"total/record_count", "total/activity/rate", "channels/form"} <= set(
        differing(checked())
    )


def test_a_changed_figure_breaks_the_digest() -> None:
    make_month()
    bulletin = drafted()
    bulletin.figures["total"]["record_count"] += 1
    bulletin.save(update_fields=["figures"])

    report = checked()

    assert differing(report) == ["total/record_count"]
    assert not report.bulletins[0].is_digest_whole
    assert report.difference_count == 2


def test_what_happened_lawfully_after_the_freeze_is_no_difference() -> None:
    busy = make_month()
    drafted()
    purchases = list(Purchase.objects.filter(operator=busy).order_by("-purchased_on"))
    make_purchase(busy, on=day(30), recorded_at=LATER)
    correct_purchase(purchases[0], at=LATER, on=day(9))
    _void(purchases[1])
    IncomingDraft.objects.filter(sold_on=day(10)).update(
        state=IncomingDraft.State.ACCEPTED, decided_at=LATER
    )
    Operator.objects.filter(pk=busy.pk).update(
        standing="closed", standing_since=date(2026, 11, 4), standing_reason="核实"
    )

    report = checked()

    assert differing(report) == []
    assert report.kept_count == 1


def _void(purchase: Purchase) -> None:
    Purchase.objects.filter(pk=purchase.pk).update(state=RecordState.VOIDED)
    audit.append(
        by=platform_actor(), at=LATER, event="purchase_voided", about=purchase.operator,
        subject="Purchase", subject_id=purchase.pk, reason="退货",
    )  # fmt: skip


def test_a_month_that_is_not_frozen_has_nothing_to_check() -> None:
    with pytest.raises(NotFrozen):
        checked()


def test_the_command_counts_the_cells_and_fails_on_a_difference() -> None:
    busy = make_month()
    drafted()
    whole = io.StringIO()
    call_command("recompute_bulletin", "2026-10", "--json", stdout=whole)
    Purchase.objects.filter(operator=busy, purchased_on=day(8)).delete()

    said = io.StringIO()
    with pytest.raises(CommandError, match="格与记录不符"):
        call_command("recompute_bulletin", "2026-10", stdout=said)

    assert json.loads(whole.getvalue())["difference_count"] == 0
    assert "total/record_count：通报" in said.getvalue()


def test_the_command_says_that_a_month_is_open() -> None:
    with pytest.raises(CommandError, match="还没有冻结"):
        call_command("recompute_bulletin", "2026-10")
