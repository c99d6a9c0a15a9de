"""Findings open, change, close and come back; runs go on where they stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import call_command

from enterprises.models import Licence, LicenceKind, Operator, Standing
from supervision.models import Finding, RadarMark, RadarPass
from supervision.radar import run
from supervision.rollups import fill
from supervision.rules.radar import BY_CODE, MESSAGE_LENGTH, RADAR_RULES, Severity, due_on
from tests.builders.enterprises import make_person
from tests.builders.numbers import make_purchase, noon
from tests.builders.watching import (
    AT,
    TODAY,
    bought,
    days_ago,
    found,
    look,
    make_finding,
    month_row,
    trader,
)

pytestmark = pytest.mark.django_db
EXPIRED = "papers_expired"


def lapsed(operator: Operator | None = None, number: str = "JY1") -> Licence:
    return Licence.objects.create(
        operator=operator or trader(),
        kind=LicenceKind.BUSINESS,
        number=number,
        valid_until=days_ago(3),
    )


def test_a_finding_says_cause_place_due_day_and_message() -> None:
    licence = lapsed()

    look(EXPIRED)

    [finding] = found(EXPIRED)
    assert finding.cause == "食品经营许可证 JY1 于 2026年11月7日 到期，没有换发新证的登记。"
    assert finding.ready_message.startswith("您的食品经营许可证（JY1）2026年11月7日 已经到期。")
    assert (finding.severity, finding.due_on) == (Severity.GRAVE, date(2026, 11, 13))
    assert (finding.county_id, finding.division_id) == (
        licence.operator.county_id,
        licence.operator.division_id,
    )
    assert (finding.first_seen_at, finding.opened_at, finding.times) == (AT, AT, 1)


def test_looking_twice_opens_one_finding_and_changes_nothing() -> None:
    lapsed()

    first, second = look(EXPIRED), look(EXPIRED)

    assert (first.told, first.closed) == (1, 0)
    assert (second.told, second.closed) == (0, 0)
    assert Finding.objects.count() == 1


def test_it_closes_by_itself_and_comes_back_as_the_same_finding() -> None:
    licence, officer = lapsed(), make_person(name="老王")
    look(EXPIRED)
    Finding.objects.update(assignee=officer, sent_at=AT, message="请换证", sent_name="老王")

    Licence.objects.filter(pk=licence.pk).update(valid_until=date(2030, 1, 1))
    mended = AT + timedelta(days=1)
    look(EXPIRED, at=mended)

    closed = Finding.objects.get()
    assert (closed.state, closed.closed_at) == (Finding.State.CLOSED, mended)

    Licence.objects.filter(pk=licence.pk).update(valid_until=days_ago(3))
    again = AT + timedelta(days=2)
    look(EXPIRED, at=again)

    back = Finding.objects.get()
    assert (back.pk, back.state, back.times, back.closed_at) == (closed.pk, "open", 2, None)
    assert (back.first_seen_at, back.opened_at) == (AT, again)
    assert back.due_on == due_on(TODAY + timedelta(days=2), BY_CODE[EXPIRED])
    assert (back.assignee, back.sent_at, back.message) == (officer, None, "")


def test_a_finding_keeps_its_due_day_while_its_facts_change() -> None:
    buyer, seller = trader(), trader()
    bought(buyer, days_ago(20), supplier_operator_id=seller.pk)
    look("seller_silent")

    bought(buyer, days_ago(10), supplier_operator_id=seller.pk)
    look("seller_silent", at=AT + timedelta(days=1))

    [finding] = found("seller_silent")
    assert finding.facts["count"] == 2
    assert finding.due_on == due_on(TODAY, BY_CODE["seller_silent"])


def test_an_operator_that_closed_down_has_nothing_open() -> None:
    licence = lapsed()
    look(EXPIRED)

    Operator.objects.filter(pk=licence.operator_id).update(
        standing=Standing.CLOSED, standing_reason="注销"
    )
    look(EXPIRED)

    assert found(EXPIRED) == []


def test_looking_at_some_operators_leaves_the_others_alone() -> None:
    here, there = lapsed().operator, lapsed(number="JY2").operator
    look(EXPIRED)
    Licence.objects.update(valid_until=date(2030, 1, 1))

    look(EXPIRED, only=[here.pk])

    assert [each.operator_id for each in found(EXPIRED)] == [there.pk]


def test_a_run_goes_on_with_the_rules_that_are_left() -> None:
    lapsed()
    looks = run.look_at_all(at=AT)
    first = next(looks)
    looks.close()

    rest = [looked.rule for looked in run.look_at_all(at=AT)]

    assert [first.rule, *rest] == list(RADAR_RULES)
    assert list(run.look_at_all(at=AT)) == []
    assert len(list(run.look_at_all(at=AT, again=True))) == len(RADAR_RULES)
    assert RadarPass.objects.get(rule=EXPIRED).open_count == 1


def test_the_next_day_looks_anew() -> None:
    assert len(list(run.look_at_all(at=AT))) == len(RADAR_RULES)

    assert len(list(run.look_at_all(at=AT + timedelta(days=1)))) == len(RADAR_RULES)


def test_the_filler_marks_whoever_changed_and_the_radar_takes_the_marks() -> None:
    operator = trader()
    month_row(operator, date(2026, 9, 20))
    month_row(operator, date(2026, 10, 20), active=False)
    list(run.look_at_all(at=AT))
    assert [each.operator_id for each in found("fell_silent")] == [operator.pk]

    make_purchase(operator, on=TODAY)
    fill.fill_all(at=AT)
    marked = list(RadarMark.objects.values_list("operator_id", flat=True))
    run.look_at_changed(at=AT)

    assert marked == [operator.pk]
    assert found("fell_silent") == []
    assert not RadarMark.objects.exists()


def test_looking_at_what_changed_costs_the_same_for_any_number(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    operators = [lapsed(number=f"JY{number}").operator for number in range(5)]
    run.mark_operators([operator.pk for operator in operators])

    with django_assert_max_num_queries(60):
        run.look_at_changed(at=AT)

    assert len(found(EXPIRED)) == 5


def test_the_command_looks_and_scores(capsys: pytest.CaptureFixture[str]) -> None:
    lapsed()

    with time_machine.travel(AT, tick=False):
        call_command("run_radar")

    told = capsys.readouterr().out
    assert "证照过期：待处理 1 条" in told
    assert "造数评分：看了 0 家" in told
    assert len(found(EXPIRED)) == 1


@pytest.mark.parametrize("rule", RADAR_RULES, ids=lambda rule: rule.code)
def test_every_rule_speaks_whatever_it_knows(rule: object) -> None:
    """Facts that an older version did not keep leave a dash, and the message fits its column."""
    finding = make_finding(trader(), rule=rule.code, facts={"name": "很" * 600})  # type: ignore[attr-defined]

    assert finding.cause
    assert 0 < len(finding.ready_message) <= MESSAGE_LENGTH
    assert noon(TODAY) == AT
