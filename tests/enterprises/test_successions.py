"""Replacing divisions: what is refused, and who stands where afterwards."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from enterprises.actor import Forbidden, platform_actor
from enterprises.models import (
    AuditEntry,
    Division,
    DivisionSuccession,
    Operator,
    OperatorChange,
    RegistrationApplication,
)
from enterprises.operations import divisions, successions
from enterprises.queries import choices
from enterprises.queries import divisions as division_queries
from enterprises.rules.divisions import DivisionRow
from enterprises.rules.successions import DivisionFacts, Succession, answering, check_successions
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    make_county,
    make_operator,
    make_station,
    make_township,
    officer_of,
)

TODAY = date(2026, 11, 10)
FIRST = date(2026, 11, 1)


def facts(
    code: str, level: str = "township", parent: str = "370102", **said: bool
) -> DivisionFacts:
    neutral = {"is_ended": False, "has_operators": False}
    return DivisionFacts(code, f"第{code}", level, parent, **(neutral | said))


KNOWN = {
    each.code: each
    for each in (
        facts("370100", "city", "370000"),
        facts("370102", "county", "370100"),
        facts("370103", "county", "370100"),
        facts("370104", "zone", "370100"),
        facts("370102001"),
        facts("370102002", has_operators=True),
        facts("370102003", is_ended=True),
        facts("370103001", parent="370103"),
        facts("370103002", parent="370103"),
    )
}


@pytest.mark.parametrize(
    ("pairs", "codes"),
    [
        ([], ["succession_empty"]),
        ([("370102001", "370103001")], []),
        ([("370102001", "370103001"), ("370102002", "370103001")], []),
        ([("370102001", "370103001"), ("370102001", "370103002")], []),
        ([("370104", "370103")], []),
        ([("370102009", "370103001")], ["division_unknown"]),
        ([("370102001", "370103009")], ["division_unknown"]),
        ([("370102003", "370103001")], ["division_ended"]),
        ([("370102001", "370102003")], ["successor_ended"]),
        ([("370102001", "370102001")], ["successor_ended"]),
        ([("370102001", "370103")], ["succession_level_wrong"]),
        ([("370104", "370100")], ["succession_level_wrong"]),
        ([("370103", "370104")], ["division_has_children"]),
        (
            [("370102001", "370103001"), ("370102001", "370103001")],
            ["succession_repeated"],
        ),
        (
            [("370102002", "370103001"), ("370102002", "370103002")],
            ["division_has_operators", "division_has_operators"],
        ),
    ],
)
def test_what_may_replace_what(pairs: list[tuple[str, str]], codes: list[str]) -> None:
    rows = [Succession(old, new, number) for number, (old, new) in enumerate(pairs, start=2)]

    problems = check_successions(rows, KNOWN, effective_on=TODAY, today=TODAY)

    assert [problem.code for problem in problems] == codes
    assert all("请" in p.message or "不能" in p.message or "；" in p.message for p in problems)


@pytest.mark.parametrize(
    ("day", "refused"),
    [
        (date(2026, 10, 31), True),
        (FIRST, False),
        (TODAY, False),
        (date(2026, 11, 11), True),
    ],
)
def test_the_day_lies_in_the_running_month(day: date, refused: bool) -> None:
    rows = [Succession("370102001", "370103001")]

    problems = check_successions(rows, KNOWN, effective_on=day, today=TODAY)

    assert [each.code for each in problems] == ["succession_not_this_month"] * refused


def replace(*pairs: tuple[str, str]) -> successions.Replaced:
    rows = [Succession(old, new, number) for number, (old, new) in enumerate(pairs, start=2)]
    return successions.replace_divisions(by=platform_actor(), rows=rows, effective_on=FIRST, at=AT)


@pytest.mark.django_db
def test_a_merger_hands_everybody_over() -> None:
    gone, left = make_township(), make_township(county=make_county(code="370103", name="市中区"))
    station = make_station(county=left.parent)
    station.townships.set([left])
    operator = make_operator(township=gone)
    OperatorChange.objects.all().delete()

    done = replace((gone.code, left.code))

    assert done == successions.Replaced(1, 1)
    operator.refresh_from_db()
    assert (operator.division_id, operator.county_id) == (left.pk, left.parent_id)
    assert (operator.division_path, operator.station_id) == (left.path, station.pk)
    assert OperatorChange.objects.get().operator_id == operator.pk
    gone.refresh_from_db()
    assert (gone.ended_on, gone.path) == (date(2026, 10, 31), gone.path)
    entry = AuditEntry.objects.get(event="divisions_replaced")
    assert entry.details["pairs"] == [f"{gone.code}>{left.code}"]
    assert [pk for pk, _ in choices.township_choices("370102")] == []


@pytest.mark.django_db
def test_a_county_goes_with_its_townships() -> None:
    old, new = make_county(), make_county(code="370116", name="新设区")
    make_operator(township=make_township())
    make_township(code="370116001", county=new)

    replace(("370102", "370116"), ("370102001", "370116001"))

    assert list(Operator.objects.values_list("county_id", flat=True)) == [new.pk]
    assert not Division.objects.in_use().under([old.path]).exists()


@pytest.mark.django_db
def test_a_split_waits_until_nobody_stands_in_the_old_one() -> None:
    old = make_township()
    parts = [make_township(code=f"37010200{n}", name=f"第{n}街道") for n in (2, 3)]
    operator = make_operator(township=old)
    pairs = [(old.code, part.code) for part in parts]

    with pytest.raises(Rejected) as refusal:
        replace(*pairs)

    assert {p.code for p in refusal.value.problems} == {"division_has_operators"}
    assert not DivisionSuccession.objects.exists()
    old.refresh_from_db()
    assert old.ended_on is None
    Operator.objects.filter(pk=operator.pk).update(division=parts[0], division_path=parts[0].path)
    assert replace(*pairs) == successions.Replaced(1, 0)


@pytest.mark.django_db
def test_nobody_is_listed_in_a_division_that_ended() -> None:
    gone, left = make_township(), make_township(code="370102002", name="留下街道")
    replace((gone.code, left.code))

    with pytest.raises(Rejected) as refusal:
        replace((gone.code, left.code))

    assert [p.code for p in refusal.value.problems] == ["division_ended"]
    assert DivisionSuccession.objects.count() == 1
    assert not RegistrationApplication.objects.exists()


@pytest.mark.django_db
def test_only_who_edits_parameters_replaces_divisions() -> None:
    gone, left = make_township(), make_township(code="370102002", name="留下街道")

    with pytest.raises(Forbidden):
        successions.replace_divisions(
            by=officer_of(make_county()), rows=[Succession(gone.code, left.code)],
            effective_on=FIRST, at=AT,
        )  # fmt: skip

    assert not DivisionSuccession.objects.exists()


@pytest.mark.django_db
def test_a_division_keeps_its_parent_once_operators_are_listed() -> None:
    make_operator()
    make_county(code="370103", name="市中区")
    rows = [
        DivisionRow("370000", "山东省", "", "province"),
        DivisionRow("370100", "济南市", "370000", "city"),
        DivisionRow("370103", "市中区", "370100", "county"),
        DivisionRow("370102001", "解放路街道", "370103", "township", row=5),
    ]

    with pytest.raises(Rejected) as refusal:
        divisions.load_divisions(by=platform_actor(), rows=rows, at=AT)

    problems = [(p.code, p.field, p.row) for p in refusal.value.problems]
    assert problems == [("division_parent_changed", "parent_code", 5)]
    assert Division.objects.get(code="370102001").path == "/370000/370100/370102/370102001/"


@pytest.mark.django_db
def test_the_command_writes_only_with_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, left = make_township(), make_township(code="370102002", name="留下街道")
    table = tmp_path / "replaced.csv"
    table.write_text(f"old_code,new_code\n{gone.code},{left.code}\n", encoding="utf-8")

    call_command("replace_divisions", file=table, on=FIRST)

    assert "将撤并 1 个区划" in capsys.readouterr().out
    assert not DivisionSuccession.objects.exists()
    with pytest.raises(CommandError, match="生效日期应在本月"):
        call_command("replace_divisions", file=table, on=date(2020, 1, 1), commit=True)
    assert not DivisionSuccession.objects.exists()


CITY = "/37/3701/"
A, B, C = (f"{CITY}{code}/" for code in "ABC")
FAR = "/37/3702/D/"


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([], {}),
        # A merger: whole, whatever became of the townships.
        ([(A, B), (f"{A}1/", f"{B}1/")], {A: [B], B: [A], f"{A}1/": [f"{B}1/"], f"{B}1/": [f"{A}1/"]}),
        # One after the other: the last stands first.
        ([(A, B), (B, C)], {A: [C, B], B: [C, A], C: [A, B]}),
        # A split: by its townships.
        (
            [(A, B), (A, C), (f"{A}1/", f"{B}1/"), (f"{A}2/", f"{C}2/")],
            {
                A: [f"{B}1/", f"{C}2/"],
                B: [f"{A}1/"],
                C: [f"{A}2/"],
                f"{A}1/": [f"{B}1/"],
                f"{A}2/": [f"{C}2/"],
                f"{B}1/": [f"{A}1/"],
                f"{C}2/": [f"{A}2/"],
            },
        ),
        # Into another city: that city too.
        ([(A, FAR)], {A: [FAR], FAR: [A], "/37/3702/": [A]}),
        # A split into parts without townships: nobody can tell whose is what.
        ([(A, B), (A, C)], {}),
    ],
)  # fmt: skip
def test_who_answers_for_what_was_replaced(
    pairs: list[tuple[str, str]], found: dict[str, list[str]]
) -> None:
    assert answering([(*pair, FIRST) for pair in pairs]) == found


def test_a_split_county_answers_for_no_township_that_had_left_it_before() -> None:
    left = (f"{A}1/", f"{FAR}1/", date(2026, 10, 1))
    split = [(A, B), (A, C), (f"{A}2/", f"{B}2/"), (f"{A}3/", f"{C}3/")]

    found = answering([left, *((*pair, FIRST) for pair in split)])

    assert found[A] == [f"{B}2/", f"{C}3/"]
    assert found[f"{FAR}1/"] == [f"{A}1/"]


@pytest.mark.django_db
def test_an_officer_of_the_successor_answers_for_the_old_county() -> None:
    old, new = make_county(), make_county(code="370116", name="新设区")
    gone, left = make_township(), make_township(code="370116001", county=new)

    replace((old.code, new.code), (gone.code, left.code))

    assert officer_of(reloaded(new)).scope.paths == (new.path, old.path)
    assert officer_of(make_county(code="370103", name="市中区")).scope.paths == (
        "/370000/370100/370103/",
    )


@pytest.mark.django_db
def test_an_officer_of_the_old_county_goes_on_in_the_successor() -> None:
    old, new = make_county(), make_county(code="370116", name="新设区")
    operator = make_operator(township=make_township())
    left = make_township(code="370116001", county=new)

    replace((old.code, new.code), ("370102001", left.code))

    actor = officer_of(reloaded(old))
    assert actor.scope.paths == (new.path, old.path)
    assert actor.former == "历下区"
    assert Operator.objects.visible_to(actor).get() == operator
    assert division_queries.home_division(actor) == new


@pytest.mark.django_db
def test_a_split_county_goes_to_its_parts_by_townships() -> None:
    old, parts = make_county(), [make_county(code=f"37011{n}", name=f"{n}区") for n in (6, 7)]
    kept = [make_township(code=f"37010200{n}", name=f"第{n}街道") for n in (1, 2)]
    new = [
        make_township(code=f"{part.code}001", name=f"{part.name}街道", county=part)
        for part in parts
    ]

    replace(
        (old.code, parts[0].code), (old.code, parts[1].code),
        (kept[0].code, new[0].code), (kept[1].code, new[1].code),
    )  # fmt: skip

    assert officer_of(reloaded(parts[0])).scope.paths == (parts[0].path, kept[0].path)
    former = officer_of(reloaded(old))
    assert former.scope.paths == (new[0].path, new[1].path, old.path)
    assert division_queries.home_division(former) == old


@pytest.mark.django_db
def test_a_merger_told_earlier_is_settled_by_the_migration() -> None:
    old, new = make_county(), make_county(code="370116", name="新设区")
    DivisionSuccession.objects.create(old=old, new=new, effective_on=FIRST)
    Division.objects.filter(pk=old.pk).update(ended_on=date(2026, 10, 31))

    successions.settle_answering(Division, DivisionSuccession)

    assert reloaded(new).taken_over == [
        {
            "path": old.path, "code": old.code, "name": "历下区", "last_day": "2026-10-31",
            "last_month": "2026-10",
        }
    ]  # fmt: skip


def reloaded(division: Division) -> Division:
    return Division.objects.get(pk=division.pk)
