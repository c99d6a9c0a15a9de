"""The officers' pages of a trace: the finder, both sides, what is hidden, counted and written down."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from enterprises.models import AuditEntry, Division
from enterprises.roles import Role
from shilian import clock
from tests.builders import enterprises as build
from tests.builders.chains import bare_batch, lixia, make_chain, make_open_case, shinan
from traceability.models import AccessReceipt, Batch, Link, LinkKind, TraceRun
from traceability.rules.codes import public_code

pytestmark = pytest.mark.django_db
BUDGET = 56


def officer(division: Division | None = None, role: Role = Role.COUNTY_OFFICER) -> Client:
    person = build.make_person(name="监管员")
    build.give_role(person, role, division=division or lixia())
    client = Client()
    client.force_login(person)
    return client


def province() -> Client:
    return officer(build.make_province(), Role.PROVINCE_OFFICER)


def address(batch: Batch, more: str = "") -> str:
    return f"/bureau/trace/{batch.pk}/{more}"


def holders(answer: Any, side: str = "down") -> list[str]:
    [page] = [page for page in answer.context["sides"] if page.side == side]
    return [row.node.holder_name for row in page.nodes.rows]


def fan(count: int) -> Batch:
    """A batch that went to ``count`` holders of two counties at once."""
    start = bare_batch(build.make_operator(name="源头厂"), name="面粉", batch_number="F1")
    places = [build.make_township(), build.make_township(county=shinan())]
    for number in range(count):
        shop = build.make_operator(name=f"商店{number:03d}", township=places[number % 2])
        child = bare_batch(shop, quantity=number + 1)
        Link.objects.create(parent_id=start.pk, child_id=child.pk, kind="transfer", quantity=1)
    return start


def test_the_province_sees_every_holder_both_ways() -> None:
    chain = make_chain()

    answer = province().get(address(chain.dealt))

    assert sorted(holders(answer)) == ["历下食堂", "青岛小店"]
    assert holders(answer, "up") == ["历下批发"]
    assert TraceRun.objects.count() == 2
    assert not AccessReceipt.objects.exists()


def test_a_county_sees_its_own_and_a_count_of_the_rest() -> None:
    chain = make_chain()

    answer = officer().get(address(chain.start))

    text = answer.content.decode()
    assert holders(answer) == ["历下食堂"]
    assert "另有 2 个批次在辖区外" in text
    assert "第 1 级 1 个、第 2 级 1 个" in text
    assert "青岛小店" not in text
    assert "申请开案" in text


def test_under_an_open_case_the_chain_is_shown_and_its_owners_are_told() -> None:
    chain = make_chain()
    case = make_open_case(chain.start)

    answer = officer().get(address(chain.start, f"?case={case.pk}"))

    assert sorted(holders(answer)) == ["历下食堂", "市中批发", "青岛小店"]
    told = set(AccessReceipt.objects.values_list("operator_id", flat=True))
    assert {chain.shop.pk, chain.dealer.pk, chain.canteen.pk} <= told


def test_a_batch_out_of_sight_does_not_exist() -> None:
    chain = make_chain()

    assert officer(shinan()).get(address(chain.start)).status_code == 404
    assert not TraceRun.objects.exists()


@pytest.mark.parametrize("text", ["F1", "源头厂", "面粉"])
def test_the_finder_lists_what_the_text_may_mean(text: str) -> None:
    start = fan(1)

    answer = officer().get("/bureau/trace/", {"q": text})

    assert start.pk in [row.batch_id for row in answer.context["rows"]]


def test_a_code_leads_to_its_batch() -> None:
    start = fan(1)

    answer = officer().get("/bureau/trace/", {"q": public_code(start.pk, start.token_salt)})

    assert answer["Location"] == address(start)


def test_a_code_from_elsewhere_is_told_so() -> None:
    chain = make_chain()
    code = public_code(chain.in_shop.pk, chain.in_shop.token_salt)

    answer = officer().get("/bureau/trace/", {"q": code})

    assert answer.status_code == 200
    assert "不在您的辖区" in answer.content.decode()


def test_the_finder_shows_nothing_of_other_counties() -> None:
    fan(2)

    answer = officer(shinan()).get("/bureau/trace/", {"q": "源头厂"})

    assert answer.context["rows"] == []


def test_pages_of_a_long_list_show_each_batch_once() -> None:
    client, start = province(), fan(120)
    met, query = [], ""
    for _ in range(3):
        answer = client.get(address(start, query))
        met += holders(answer)
        [down] = [page for page in answer.context["sides"] if page.side == "down"]
        query = f"?after_down={down.nodes.after}"

    assert sorted(met) == [f"商店{number:03d}" for number in range(120)]
    assert down.nodes.after is None


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("?sort=left", "商店009", 10),
        ("?sort=hop", "商店000", 10),
        ("?sector=catering", None, 0),
        ("?until=2000-01-01", None, 0),
        ("?county=nonsense", "商店000", 10),
        ("?after_down=1", "商店000", 10),
    ],
)
def test_the_list_is_sorted_and_narrowed(query: str, first: str | None, count: int) -> None:
    answer = province().get(address(fan(10), query))

    [down] = [page for page in answer.context["sides"] if page.side == "down"]
    assert down.nodes.count == count
    assert (holders(answer) or [None])[0] == first


def test_the_list_may_be_of_one_county() -> None:
    answer = province().get(address(fan(10), f"?county={shinan().pk}"))

    assert len(holders(answer)) == 5


def test_the_spread_counts_by_county_and_sector() -> None:
    answer = province().get(address(fan(10)))

    [down] = [page for page in answer.context["sides"] if page.side == "down"]
    assert [(line.batch_count, line.holder_count) for line in down.spread] == [(5, 5), (5, 5)]


def test_a_large_fan_is_drawn_in_groups() -> None:
    small, large = fan(5), None

    answer = province().get(address(small))
    large = province().get(address(fan(60)))

    assert len(answer.context["drawing"].boxes) == 6
    assert len(large.context["drawing"].boxes) == 3
    assert "30 个批次 · 30 家" in large.content.decode()


def test_boxes_of_firms_that_differ_only_at_the_end_read_differently() -> None:
    start = bare_batch(build.make_operator(name="源头厂"), name="面粉", batch_number="F1")
    town = "济南市历下区泉城路街道"
    for name in (f"{town}便民粮油经营部一店", f"{town}便民粮油经营部二店", f"{town}{town}三店"):
        shop = bare_batch(build.make_operator(name=name))
        Link.objects.create(parent_id=start.pk, child_id=shop.pk, kind="transfer", quantity=1)

    boxes = province().get(address(start)).context["drawing"].boxes

    assert boxes[0].lines == ("源头厂",)
    assert [box.lines for box in boxes[1:]] == [
        (town, "便民粮油经营部一店"),
        (town, "便民粮油经营部二店"),
        (town, "…历下区泉城路街道三店"),
    ]


def test_under_a_case_what_lies_in_ones_own_area_stays_a_link() -> None:
    chain = make_chain()
    case = make_open_case(chain.start)

    text = officer().get(address(chain.start, f"?case={case.pk}")).content.decode()

    assert f'href="{address(chain.in_canteen)}"' in text
    assert f'href="{address(chain.in_shop)}"' not in text


def test_a_cycle_is_drawn_and_listed_once() -> None:
    first, second = bare_batch(build.make_operator()), bare_batch(build.make_operator())
    for parent, child in ((first, second), (second, first)):
        Link.objects.create(
            parent_id=parent.pk, child_id=child.pk, kind=LinkKind.RETURN, quantity=1
        )

    answer = province().get(address(first))

    assert len(holders(answer)) == 1
    assert answer.status_code == 200


def test_what_was_used_up_is_not_left() -> None:
    operator = build.make_operator()
    flour, bread = bare_batch(operator, quantity=10), bare_batch(operator, name="面包")
    Link.objects.create(
        parent_id=flour.pk, child_id=bread.pk, kind=LinkKind.TRANSFORMATION, quantity=12
    )

    answer = province().get(address(bread))

    [up] = [page for page in answer.context["sides"] if page.side == "up"]
    assert up.nodes.rows[0].left == -2
    assert "多出 2 袋" in answer.content.decode()


def test_the_queries_do_not_grow_with_the_trace() -> None:
    few, many, client = fan(3), fan(80), province()
    client.get(address(few))

    with CaptureQueriesContext(
        connection,
    ) as small:
        client.get(address(few))
    with CaptureQueriesContext(connection) as large:
        client.get(address(many))

    assert len(large) <= len(small) <= BUDGET


def test_the_workbook_has_a_sheet_for_each_step() -> None:
    chain = make_chain()

    answer = province().get(address(chain.dealt, "export/"))

    book = load_workbook(BytesIO(answer.content))
    assert book.sheetnames == ["起点", "下游第1级", "上游第1级", "下游持有单位"]
    assert {row[7] for row in book["下游第1级"].values if row[1] == 1} == {"青岛小店", "历下食堂"}
    held = [row[2] for row in book["下游持有单位"].values]
    assert held[:4] == ["持有单位", "历下食堂", "市中批发", "青岛小店"]
    assert AuditEntry.objects.filter(event="list_exported", about="trace").exists()


def test_the_workbook_of_a_county_holds_only_its_own() -> None:
    chain = make_chain()

    answer = officer().get(address(chain.start, "export/"))

    book = load_workbook(BytesIO(answer.content))
    text = " ".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell)
    assert book.sheetnames == ["起点", "下游第2级", "下游持有单位"]
    assert "青岛小店" not in text


def test_a_long_workbook_is_made_by_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enterprises.views.exports.AT_ONCE", 5)
    start = fan(10)

    answer = province().get(address(start, "export/?sort=hop"))

    assert answer.status_code == 302
    assert "/jobs/" in answer["Location"]


def test_the_sheet_for_paper_lists_both_sides() -> None:
    chain = make_chain()

    text = province().get(address(chain.dealt, "print/")).content.decode()

    assert "历下批发" in text
    assert "青岛小店" in text


def test_the_day_slider_knows_the_reach_of_each_day() -> None:
    start = fan(3)

    answer = province().get(address(start))

    assert answer.context["reach"][-1][1:] == (4, 4)
    assert answer.context["reach"][-1][0] <= clock.today().isoformat()
