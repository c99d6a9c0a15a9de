"""A bulletin's pages: figures that open, files, steps, and who sees which."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enterprises.actor import platform_actor
from enterprises.models import AuditEntry, Division, Operator
from enterprises.operations import jobs
from enterprises.roles import Role
from shilian import clock
from supervision.models import Bulletin, BulletinComment
from supervision.operations import bulletins
from tests.builders import enterprises as build
from tests.supervision.views.bureau import MONTH, buys_on, count_numbers, shop, signed_in

pytestmark = pytest.mark.django_db
# The same for one shop and for a province: rows are added up beforehand.
PAGE_BUDGET, ROWS_BUDGET, FILE_BUDGET, LIST_BUDGET = 14, 14, 12, 12
NUMBER = "鲁食链通报〔2026〕11号"
OPENS = clock.start_of(date(2026, 11, 3))


def task_force() -> Client:
    return signed_in(Role.TASK_FORCE, division=build.make_province())


def city_client() -> Client:
    return signed_in(Role.CITY_OFFICER, division=build.make_city())


def drafted(area_path: str = "/") -> Bulletin:
    """One active shop of two in the county."""
    buys_on(shop(), 5, 6, 7, 8)
    shop()
    count_numbers()
    bulletins.draft_bulletin(by=platform_actor(), month=MONTH, at=OPENS)
    if area_path != "/":
        return bulletins.draft_bulletin(
            by=platform_actor(), month=MONTH, at=OPENS, area_path=area_path
        )
    return Bulletin.objects.get()


def show(bulletin: Bulletin, state: str) -> Bulletin:
    facts = {"number": NUMBER, "issued_on": date(2026, 11, 5)} if state == "published" else {}
    Bulletin.objects.filter(pk=bulletin.pk).update(
        state=state, comments_until=date(2026, 11, 12), **facts
    )
    return bulletin


def address(bulletin: Bulletin, step: str = "") -> str:
    return f"/bureau/bulletins/{bulletin.pk}/{step}"


def test_every_figure_opens_the_frozen_rows_behind_it() -> None:
    bulletin, client = drafted(), task_force()

    page = client.get(address(bulletin))

    text = unescape(page.content.decode())
    [city] = page.context["divisions"]
    [county] = page.context["lower"]
    for line in [page.context["total"], city, county, *page.context["sectors"]]:
        assert line.url in text
        for figure in line.figures:
            assert figure.met_url in text
            assert len(client.get(figure.met_url).context["rows"]) == figure.value.numerator
            assert len(client.get(figure.all_url).context["rows"]) == figure.value.denominator
        assert len(client.get(line.operators_url).context["rows"]) == line.row.operator_count


def test_the_rows_are_the_frozen_ones_whatever_the_register_says_now() -> None:
    bulletin, client = drafted(), task_force()
    Operator.objects.update(
        standing="closed", standing_since=date(2026, 11, 4), standing_reason="核实", state="listed"
    )

    rows = client.get(address(bulletin, "rows/?figure=active")).context["rows"]

    assert [(row.day_count, row.record_count) for row in rows] == [(4, 4)]


def test_a_neighbour_sees_a_published_bulletin_and_none_of_its_operators() -> None:
    bulletin = show(drafted(), "published")
    neighbour = signed_in(
        Role.COUNTY_OFFICER, division=build.make_county(code="370103", name="市中区")
    )

    page = neighbour.get(address(bulletin))
    rows = neighbour.get(address(bulletin, "rows/?division=370102&figure=listed"))

    assert page.status_code == 200
    assert list(rows.context["rows"]) == []
    assert "您的辖区内没有" in rows.content.decode()


def test_an_operator_that_moved_away_keeps_its_figures_and_loses_its_name() -> None:
    bulletin = show(drafted(), "published")
    away = build.make_township(county=build.make_county(code="370103", name="市中区"))
    Operator.objects.update(division=away, county=away.parent, division_path=away.path)
    county = signed_in(Role.COUNTY_OFFICER, division=build.make_county())

    answer = county.get(address(bulletin, "rows/?division=370102&figure=active"))

    assert [(row.name, row.record_count) for row in answer.context["rows"]] == [("", 4)]
    assert "已转出辖区的主体" in answer.content.decode()


@pytest.mark.parametrize("query", ["figure=nothing", "division=000000", "division=370102&figure=x"])
def test_no_rows_behind_what_is_no_figure(query: str) -> None:
    assert task_force().get(address(drafted(), f"rows/?{query}")).status_code == 404


@pytest.mark.parametrize(
    ("state", "status"),
    [("draft", 404), ("commenting", 200), ("reviewed", 404), ("published", 200)],
)
def test_a_city_sees_the_provinces_bulletin_when_it_is_put_before_it(
    state: str, status: int
) -> None:
    bulletin = show(drafted(), state)

    assert city_client().get(address(bulletin)).status_code == status


def test_a_county_drafts_its_own_bulletin_through_the_page() -> None:
    drafted()
    client = signed_in(Role.COUNTY_OFFICER, division=build.make_county())

    job = client.post("/bureau/bulletins/", {"month": "2026-10"})["Location"]
    jobs.run_to_end(int(job.split("/")[2]))

    own = Bulletin.objects.exclude(area_path="/").get()
    assert client.get(job)["Location"] == address(own)
    assert "历下区" in client.get(address(own)).content.decode()
    assert own.area_path == build.make_county().path


def test_the_steps_through_the_page_end_with_the_number() -> None:
    bulletin, client = drafted(), task_force()
    client.post(address(bulletin, "ask/"), {"until": "2026-11-11"})
    city_client().post(address(bulletin, "comment/"), {"comment": "第三段有误，应为12户"})
    said = BulletinComment.objects.get()
    prefix = f"answer-{said.pk}"
    client.post(
        address(bulletin, f"answer/{said.pk}/"),
        {f"{prefix}-is_adopted": "yes", f"{prefix}-answer": "已改"},
    )
    client.post(address(bulletin, "wording/"), {"problems": "断链较多。", "requirements": ""})
    task_force().post(address(bulletin, "review/"))
    client.post(address(bulletin, "publish/"), {"number": NUMBER, "issued_on": "2026-11-10"})

    bulletin.refresh_from_db()
    assert (bulletin.state, bulletin.number) == ("published", NUMBER)
    assert said.text == "第三段有误，应为12户"
    page = client.get(address(bulletin)).content.decode()
    assert "（一）断链较多。" in page
    assert NUMBER in page


def test_a_refused_step_says_why_and_changes_nothing() -> None:
    bulletin, client = drafted(), task_force()
    early = client.post(
        address(bulletin, "publish/"), {"number": NUMBER, "issued_on": "2026-11-10"}, follow=True
    )
    client.post(address(bulletin, "wording/"), {"problems": "断链较多。", "requirements": ""})
    own = client.post(address(bulletin, "review/"), follow=True)
    show(bulletin, "reviewed")
    malformed = client.post(
        address(bulletin, "publish/"), {"number": "11号", "issued_on": "2026-11-10"}
    )

    bulletin.refresh_from_db()
    assert "还没有经第二人审核" in early.content.decode()
    assert "拟稿或改稿的人不能自己审核" in own.content.decode()
    assert malformed.status_code == 422
    assert "年份用六角括号" in malformed.content.decode()
    assert (bulletin.state, bulletin.number) == ("reviewed", "")


def test_what_was_issued_is_neither_issued_again_nor_thrown_away() -> None:
    bulletin, client = show(drafted(), "published"), task_force()

    again = client.post(
        address(bulletin, "publish/"), {"number": NUMBER, "issued_on": "2026-11-10"}, follow=True
    )
    thrown = client.post(address(bulletin, "discard/"), {"reason": "选错了"}, follow=True)

    assert "删除代拟稿" not in client.get(address(bulletin)).content.decode()
    assert "已经印发" in again.content.decode()
    assert "不能删除，只能另出更正版" in thrown.content.decode()
    assert Bulletin.objects.get().state == "published"


@pytest.mark.parametrize(
    ("ending", "beginning"), [("docx", b"PK"), ("pdf", b"%PDF"), ("xlsx", b"PK")]
)
def test_each_file_comes_down_and_leaves_a_trace(ending: str, beginning: bytes) -> None:
    bulletin, client = drafted(), task_force()

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address(bulletin, f"bulletin.{ending}"))

    assert answer.content.startswith(beginning)
    assert AuditEntry.objects.filter(event="list_exported", about="bulletin").count() == 1
    assert len(queries) <= FILE_BUDGET


def test_the_word_document_says_what_the_page_says() -> None:
    bulletin, client = drafted(), task_force()

    body = client.get(address(bulletin, "bulletin.docx")).content

    words = ZipFile(BytesIO(body)).read("word/document.xml").decode()
    assert "上链活跃度50.00%" in words
    assert "上链活跃度50.00%" in client.get(address(bulletin)).content.decode()


def test_the_chart_and_the_map_are_drawings() -> None:
    bulletin, client = drafted(), task_force()

    for name in ("chart", "map"):
        answer = client.get(address(bulletin, f"{name}.svg"))
        assert answer["Content-Type"] == "image/svg+xml"
        assert "济南市" in answer.content.decode()


def test_a_county_has_no_map_of_its_townships() -> None:
    bulletin = drafted(build.make_county().path)

    assert task_force().get(address(bulletin, "map.svg")).status_code == 404
    assert task_force().get(address(bulletin)).status_code == 200


def test_the_pages_cost_a_fixed_number_of_queries() -> None:
    bulletin, client = drafted(), task_force()

    for page, budget in (
        (address(bulletin), PAGE_BUDGET),
        (address(bulletin, "rows/?figure=listed"), ROWS_BUDGET),
        ("/bureau/bulletins/", LIST_BUDGET),
    ):
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        assert len(queries) <= budget, page


def test_each_figure_leads_to_its_formula() -> None:
    bulletin = drafted()

    text = task_force().get(f"/bureau/bulletins/{bulletin.pk}/").content.decode()

    for code in ("registration", "activity", "coverage", "system_upload", "broken_links"):
        assert f'href="/bureau/formulas/?month=2026-10#{code}"' in text


def test_the_demonstration_cities_stand_together_above_the_ranking() -> None:
    build.make_city()
    Division.objects.filter(code="370100").update(is_demonstration=True)
    bulletin = drafted()

    answer = task_force().get(f"/bureau/bulletins/{bulletin.pk}/")

    together = answer.context["page"].raised_total
    activity = next(each for each in together.values if each.code == "activity")
    assert (activity.numerator, activity.denominator, activity.meets_target) == (1, 2, False)
    assert "示范、创建城市合计" in answer.content.decode()


def links_of(text: str) -> set[str]:
    """The addresses of the platform's own pages that the text leads to."""
    return {
        link for link in re.findall(r'href="(/[^"#]+)', unescape(text)) if "/static/" not in link
    }


@pytest.mark.parametrize("area", ["province", "city", "own"])
@pytest.mark.parametrize(
    "role", [Role.STATION_OFFICER, Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.FOOD_SAFETY_OFFICE]
)
def test_no_link_of_a_bulletin_leads_to_nothing(area: str, role: Role) -> None:
    build.make_county(code="370103", name="市中区")
    build.make_county(
        code="370202", name="市南区", city=build.make_city(code="370200", name="青岛市")
    )
    county = build.make_county()
    paths = {"province": "/", "city": build.make_city().path, "own": county.path}
    bulletin = show(drafted(paths[area]), "published")
    client = (
        signed_in(role, station=build.make_station())
        if role == Role.STATION_OFFICER
        else signed_in(role, division=build.make_city() if role == Role.CITY_OFFICER else county)
    )

    text = client.get(address(bulletin)).content.decode()
    rows = client.get(address(bulletin, "rows/?figure=listed")).content.decode()

    assert "rows/?" in text
    links = links_of(text) | links_of(rows)
    assert {link: status for link in links if (status := client.get(link).status_code) >= 400} == {}


def test_a_foreign_division_is_named_without_a_link() -> None:
    build.make_county(code="370103", name="市中区")
    bulletin = show(drafted(), "published")

    page = signed_in(Role.COUNTY_OFFICER, division=build.make_county()).get(address(bulletin))

    assert {line.row.name: bool(line.url) for line in page.context["lower"]} == {
        "历下区": True,
        "市中区": False,
    }
    [foreign] = [line for line in page.context["lower"] if line.row.name == "市中区"]
    assert {each.met_url + each.all_url for each in foreign.figures} == {""}
    assert foreign.operators_url == foreign.records_url == ""
    [city] = page.context["divisions"]
    assert (city.url, bool(city.operators_url)) == ("", True)


def test_the_links_of_a_citys_bulletin_stay_in_the_city() -> None:
    bulletin = drafted(build.make_city().path)

    page = task_force().get(address(bulletin))

    assert {"division=370100" in line.url for line in page.context["sectors"]} == {True}
