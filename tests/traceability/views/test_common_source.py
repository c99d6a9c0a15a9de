"""The page of the common source: what it finds, shows, hides, refuses, and gives out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Division
from enterprises.roles import Role
from shilian import clock
from tests.builders import enterprises as build
from tests.traceability.views.mill import Chain, ask, code_of, day, hold, lines, link, officer
from traceability.models import AccessReceipt, Batch, Run, RunOutput, TraceCase, TraceRun

pytestmark = pytest.mark.django_db
BUDGET = 34


def goods(answer: Any) -> list[tuple[str, int]]:
    return [(row.holder, len(row.suspect.explained)) for row in answer.context["answer"].batches]


def open_case(*starts: Batch, by: Division, asked: str = "/370000/") -> TraceCase:
    return TraceCase.objects.create(
        kind="failed_sample",
        reason="面粉抽检不合格",
        start_ids=[batch.pk for batch in starts],
        division=by,
        bureau=by.name,
        asked_path=asked,
        asked_name="山东省",
        days=30,
        state=TraceCase.State.APPROVED,
        requested_name="甲",
        requested_by=1,
        requested_at=clock.now(),
        decided_by=2,
        decided_at=clock.now(),
        expires_at=clock.now() + timedelta(days=30),
    )


def test_names_what_is_in_the_jurisdiction_and_counts_the_rest() -> None:
    chain = Chain()

    answer = ask(officer(), laboratory=lines(*chain.sold))

    assert goods(answer) == [("金穗面粉厂", 2)]
    assert answer.context["answer"].hidden_count == 1
    assert answer.context["answer"].hidden_explained == 2
    assert "邻县批发部" not in answer.content.decode()
    assert "辖区外单位" in answer.content.decode()


def test_a_higher_bureau_sees_the_nearest_source_first() -> None:
    chain = Chain()

    answer = ask(officer(build.make_city(), Role.CITY_OFFICER), laboratory=lines(*chain.sold))

    assert goods(answer) == [("邻县批发部", 2), ("金穗面粉厂", 2)]
    assert [row.holder for row in answer.context["answer"].nearest] == ["邻县批发部"]
    assert answer.context["answer"].hidden_count == 0


def test_an_open_case_shows_the_chain_and_tells_its_owners() -> None:
    chain = Chain()
    case = open_case(*chain.sold, by=chain.here)

    answer = ask(officer(chain.here), laboratory=lines(*chain.sold), case=str(case.pk))

    assert goods(answer) == [("邻县批发部", 2), ("金穗面粉厂", 2)]
    told = set(AccessReceipt.objects.values_list("operator_id", flat=True))
    assert told == {chain.mill.pk, chain.dealer.pk, *(shop.pk for shop in chain.shops)}
    assert TraceRun.objects.get().case_id == case.pk


def test_a_case_opens_nothing_above_other_findings() -> None:
    chain = Chain()
    elsewhere = hold(chain.shops[0], "鸡蛋")
    case = open_case(elsewhere, by=chain.here)

    answer = ask(officer(chain.here), laboratory=lines(*chain.sold), case=str(case.pk))

    assert goods(answer) == [("金穗面粉厂", 2)]


@pytest.mark.parametrize("ended", ["closed", "expired"])
def test_a_case_that_ended_cannot_be_chosen(ended: str) -> None:
    chain = Chain()
    case = open_case(*chain.sold, by=chain.here)
    if ended == "closed":
        TraceCase.objects.filter(pk=case.pk).update(state=TraceCase.State.CLOSED)
    else:
        TraceCase.objects.filter(pk=case.pk).update(
            decided_at=clock.now() - timedelta(days=2), expires_at=clock.now() - timedelta(days=1)
        )

    answer = ask(officer(chain.here), laboratory=lines(*chain.sold), case=str(case.pk))

    assert answer.status_code == 422
    assert not TraceRun.objects.exists()


def test_a_code_from_elsewhere_is_refused_without_a_case() -> None:
    chain = Chain()

    answer = ask(officer(), laboratory=lines(chain.stock, *chain.sold))

    assert answer.status_code == 422
    [problem] = answer.context["form"].errors.as_data()["laboratory"]
    assert problem.code == "outside_jurisdiction"
    assert not TraceRun.objects.exists()


REFUSED = [
    ("甲面馆 F1\n没有这家店 F1", "unknown_operator"),
    ("甲面馆 F1\n面馆 F1", "ambiguous_operator"),
    ("甲面馆 F1\n乙面馆 F9", "nothing_held"),
    ("甲面馆 F1\n乙面馆 2025-01-01", "nothing_held"),
    ("甲面馆 F1\n邻县批发部 F1", "unknown_operator"),
    ("甲面馆 F1\n没看懂", "unreadable_finding"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_a_line_that_names_nothing_in_sight_is_refused(text: str, code: str) -> None:
    Chain()

    answer = ask(officer(), laboratory=text)

    assert answer.status_code == 422
    [problem] = answer.context["form"].errors.as_data()["laboratory"]
    assert problem.code == code
    assert "第 2 行" in problem.message
    assert not TraceRun.objects.exists()


def test_operators_numbers_and_meals_name_batches_too() -> None:
    chain = Chain()

    answer = ask(
        officer(),
        laboratory="甲面馆 F1",
        illness=f"{chain.shops[1].credit_code} {day(12).isoformat()}",
    )

    assert goods(answer) == [("金穗面粉厂", 2)]


def test_what_was_received_after_the_meal_was_not_eaten() -> None:
    chain = Chain()

    answer = ask(officer(), laboratory="甲面馆 F1", illness=f"乙面馆 {day(9).isoformat()}")

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["illness"]
    assert chain.sold[1].received_on == day(10)


def test_goods_of_the_same_day_may_have_touched() -> None:
    chain = Chain()
    third = build.make_operator(name="丙面馆")
    clean_goods, beside = hold(third, "黄瓜"), hold(third, "面粉", batch_number="F1")
    link(chain.stock, beside)
    failed = lines(*chain.sold, clean_goods)

    apart = ask(officer(), laboratory=failed)
    together = ask(officer(), laboratory=failed, contact="same_day")

    assert goods(apart) == [("金穗面粉厂", 2)]
    assert goods(together)[0] == ("金穗面粉厂", 3)


def test_goods_of_the_month_before_touch_only_when_asked() -> None:
    chain = Chain()
    third = build.make_operator(name="丙面馆")
    fresh = hold(third, "黄瓜")
    old = hold(third, "面粉", received_on=day(10) - timedelta(days=30))
    link(chain.stock, old)
    failed = lines(*chain.sold, fresh)

    assert goods(ask(officer(), laboratory=failed, contact="same_day")) == [("金穗面粉厂", 2)]
    assert goods(ask(officer(), laboratory=failed, contact="same_operator"))[0][1] == 3


@pytest.mark.parametrize(("line", "count"), [("一号线", 3), ("二号线", 2)])
def test_goods_of_the_same_line_may_have_touched(line: str, count: int) -> None:
    chain = Chain()
    factory, third = build.make_operator(name="糕点厂"), build.make_operator(name="丙面馆")
    bread, cake = hold(factory, "面包"), hold(factory, "蛋糕")
    link(chain.stock, bread)
    sold = hold(third, "蛋糕", batch_number="G1")
    link(cake, sold)
    for batch, name in ((bread, "一号线"), (cake, line)):
        run = Run.objects.create(
            operator=factory,
            division_id=factory.division_id,
            county_id=factory.county_id,
            kind="transformation",
            line=name,
            done_on=batch.received_on,
            recorded_at=clock.now(),
            channel="form",
        )
        RunOutput.objects.create(batch_id=batch.pk, run_id=run.pk)

    answer = ask(officer(), laboratory=lines(*chain.sold, sold), contact="same_line")

    assert goods(answer)[0] == ("金穗面粉厂", count)


def test_contact_at_a_wholesaler_counts_only_when_asked_everywhere() -> None:
    chain = Chain()
    other_mill = build.make_operator(name="另一面粉厂")
    other_flour = hold(other_mill, "玉米粉")
    other_stock = hold(chain.dealer, "玉米粉")
    link(other_flour, other_stock)
    asked = {"laboratory": lines(*chain.sold), "contact": "same_day"}

    assert [name for name, _ in goods(ask(officer(), **asked))] == ["金穗面粉厂"]
    assert "另一面粉厂" in dict(goods(ask(officer(), **asked, everywhere="on")))


def test_a_clean_sample_lowers_the_score_of_what_it_came_from() -> None:
    chain = Chain()
    third = hold(build.make_operator(name="丙面馆"))
    link(chain.stock, third)

    answer = ask(officer(), laboratory=lines(*chain.sold), passed=code_of(third))

    [row] = answer.context["answer"].batches
    assert (row.suspect.score_ratio, len(row.suspect.clean)) == (0.8, 1)


def test_a_batch_and_an_operator_are_left_out_and_taken_back() -> None:
    chain = Chain()
    city = officer(build.make_city(), Role.CITY_OFFICER)
    asked = {"laboratory": lines(*chain.sold)}

    without = ask(city, **asked, leave_out=f"operator-{chain.mill.pk}")
    neither = ask(
        city,
        **asked,
        without_operators=without.context["answer"].without_operator_ids,
        leave_out=f"batch-{chain.stock.pk}",
    )
    back = ask(
        city, **asked, without_operators=str(chain.mill.pk), take_back=f"operator-{chain.mill.pk}"
    )

    assert goods(without) == [("邻县批发部", 2)]
    assert goods(neither) == []
    assert [row.holder for row in neither.context["answer"].without_operators] == ["金穗面粉厂"]
    assert [row.goods for row in neither.context["answer"].without_batches] == ["面粉"]
    assert goods(back) == [("邻县批发部", 2), ("金穗面粉厂", 2)]


@pytest.mark.parametrize(
    "text", ["operator-", "batch-9" * 30, "batch-٣", "x-1", "batch-" + "9" * 19]
)
def test_a_forged_button_leaves_nothing_out(text: str) -> None:
    chain = Chain()

    answer = ask(officer(), laboratory=lines(*chain.sold), leave_out=text)

    assert goods(answer) == [("金穗面粉厂", 2)]


def test_writes_down_who_looked() -> None:
    chain = Chain()

    ask(officer(), laboratory=lines(*chain.sold))

    run = TraceRun.objects.get()
    assert (run.node_count, run.shown_count, run.operator_count) == (4, 3, 4)
    assert run.start_ids == sorted(batch.pk for batch in chain.sold)
    assert not AccessReceipt.objects.exists()


@pytest.mark.parametrize("count", [2, 12])
def test_costs_the_same_whatever_the_number_of_findings(count: int) -> None:
    chain = Chain()
    shops = [build.make_operator(name=f"第{n}号店") for n in range(count)]
    sold = [hold(shop, "面粉", batch_number=f"F{n}") for n, shop in enumerate(shops)]
    link(chain.stock, *sold)
    client = officer()
    typed = "\n".join(f"第{n}号店 F{n}" for n in range(1, count))

    with CaptureQueriesContext(connection) as queries:
        ask(client, laboratory=code_of(sold[0]), complaint=typed, contact="same_day")

    assert len(queries) <= BUDGET
