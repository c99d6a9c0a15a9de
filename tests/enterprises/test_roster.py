"""The licence roster: read, previewed, written, sent back with its faults marked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import AuditEntry, ImportRow, ImportSession, Job, Licence, Operator, Station
from enterprises.operations import jobs, roster
from enterprises.roles import Role
from enterprises.rules import roster as rules
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    credit_code,
    make_city,
    make_county,
    make_operator,
    make_station,
    make_township,
    officer_of,
    station_officer_of,
)
from tests.builders.rosters import faults, line, preview, sheet, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Actor:
    make_township()
    return officer_of(make_county())


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def test_nothing_is_written_before_the_preview_is_confirmed(by: Actor) -> None:
    session = preview(by, line())

    assert session.state == ImportSession.State.PREVIEW
    assert session.summary == {"new": 1, "warned": 0}
    assert session.message == "合计等说明行 1 行没有导入。"
    assert not Operator.objects.exists()


def test_writes_operators_with_licence_place_and_station(by: Actor) -> None:
    session = write(by, preview(by, line()))

    operator = Operator.objects.get()
    assert (operator.name, operator.credit_code) == ("孙记源泉粮油店", credit_code(1))
    assert (operator.sector, operator.kind, operator.state) == (
        "circulation",
        "individual",
        "listed",
    )
    assert (operator.division_id, operator.county_id) == (370102001, 370102)
    assert (operator.contact_name, operator.contact_phone) == ("孙明", "18888360282")
    assert Station.objects.get().name == "解放路监管所"
    licence = Licence.objects.get()
    assert (licence.kind, licence.number) == ("JY", "JY23701020073753")
    assert f"{licence.issued_on} {licence.valid_until}" == "2025-02-24 2030-02-24"
    assert session.state == ImportSession.State.DONE
    assert AuditEntry.objects.filter(event="roster_imported", count=1).count() == 1


def test_the_same_file_twice_is_harmless(by: Actor) -> None:
    write(by, preview(by, line()))

    again = preview(by, line())

    assert again.summary == {"same": 1, "warned": 0}
    with pytest.raises(Rejected) as refusal:
        roster.commit_roster(by=by, session=again, at=AT)
    assert refusal.value.codes == ["nothing_to_write"]
    assert Operator.objects.count() == 1


def test_shows_each_field_that_changes_old_and_new(by: Actor) -> None:
    write(by, preview(by, line()))

    session = preview(by, line(name="孙记粮油店", until=datetime(2031, 1, 1), state="停业"))

    [row] = ImportRow.objects.filter(session=session)
    assert row.outcome == "change"
    assert row.changes["name"] == ["孙记源泉粮油店", "孙记粮油店"]
    assert row.changes["standing"] == ["normal", "suspended"]
    assert [p["valid_until"] for p in row.changes["licence"]] == ["2030-02-24", "2031-01-01"]
    assert set(row.changes) == {"name", "standing", "licence"}


def test_writes_changes_and_keeps_what_the_sheet_leaves_blank(by: Actor) -> None:
    write(by, preview(by, line()))

    write(by, preview(by, line(name="孙记粮油店", phone=None, address=None, state="停业")))

    operator = Operator.objects.get()
    assert (operator.name, operator.pinyin) == ("孙记粮油店", "sjlyd")
    assert (operator.contact_phone, operator.address) == (
        "18888360282",
        "济南市历下区解放路街道1号",
    )
    assert (operator.standing, operator.standing_reason) == ("suspended", "许可名录登记为“停业”")
    assert operator.standing_approved_by_id == by.person_id


@pytest.mark.parametrize("until", ["长期", "长期有效"])
def test_a_licence_that_holds_for_ever_has_no_last_day(by: Actor, until: str) -> None:
    session = preview(by, line(until=until))

    assert faults(session) == []
    write(by, session)
    assert Licence.objects.get().valid_until is None


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"name": None}, "name", "name_missing"),
        ({"code": None}, "credit_code", "credit_code_missing"),
        ({"code": "9137010"}, "credit_code", "credit_code_malformed"),
        ({"code": 923701034000009000}, "credit_code", "code_lost_digits"),
        ({"sector": "物流"}, "sector", "sector_unknown"),
        ({"type": "外星人"}, "kind", "kind_unknown"),
        ({"phone": "1381234"}, "contact_phone", "phone_malformed"),
        ({"issued": "昨天"}, "issued_on", "day_malformed"),
        ({"until": datetime(2020, 1, 1)}, "valid_until", "licence_ends_before_issue"),
        ({"division": "999999999", "address": "某地"}, "division", "division_unknown"),
        ({"number": "JY1370102"}, "licence_number", "licence_number_malformed"),
    ],
)
def test_a_faulty_row_is_named_and_not_written(
    by: Actor, cells: dict[str, Any], field: str, code: str
) -> None:
    session = preview(by, line(**cells), line(code=credit_code(2)))

    assert faults(session) == [(5, field, code)]
    assert session.summary["bad"] == 1
    write(by, session)
    assert [o.credit_code for o in Operator.objects.all()] == [credit_code(2)]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"code": credit_code(1)[:17] + ("0" if credit_code(1)[17] != "0" else "1")}, "credit_code_check_digit"),
        ({"sector": "销售"}, "sector_guessed"),
        ({"phone": "0531-88888888"}, "phone_is_landline"),
        ({"phone": None}, "phone_missing"),
        ({"until": datetime(2026, 1, 1)}, "licence_expired"),
        ({"number": "JY13701020000011"}, "licence_number_check_digit"),
    ],
)  # fmt: skip
def test_a_doubtful_row_is_written_with_a_warning(
    by: Actor, cells: dict[str, Any], code: str
) -> None:
    session = preview(by, line(**cells))

    assert [found for _, _, found in faults(session)] == [code]
    assert session.summary == {"new": 1, "warned": 1}
    write(by, session)
    assert Operator.objects.count() == 1


def test_typing_slips_are_put_right(by: Actor) -> None:
    session = preview(
        by,
        line(
            name="\u200b孙记源泉粮油店\u3000",
            code=f" {credit_code(1).lower()}",
            phone="１８８８８３６０２８２",
            issued="2024.3.5",
            division=370102001,
            sector="特食",
        ),
    )

    write(by, session)

    operator = Operator.objects.get()
    assert faults(session) == []
    assert (operator.name, operator.credit_code) == ("孙记源泉粮油店", credit_code(1))
    assert (operator.contact_phone, operator.sector) == ("18888360282", "special")


def test_a_repeated_code_names_the_earlier_row(by: Actor) -> None:
    session = preview(by, line(), line(name="孙记分店"))

    assert faults(session) == [(6, "credit_code", "credit_code_repeated")]
    row = ImportRow.objects.get(session=session, row_no=6)
    assert "第5行" in row.problems[0]["message"]


def test_a_school_canteen_is_suggested_as_such(by: Actor) -> None:
    write(by, preview(by, line(name="历下区第一小学食堂", sector="餐饮")))

    assert Operator.objects.get().catering_class == "C1_SCHOOL"


def test_the_township_is_found_by_the_address_when_there_is_no_code(by: Actor) -> None:
    write(by, preview(by, line(division=None)))

    assert Operator.objects.get().division_id == 370102001


def test_a_renamed_county_is_followed(by: Actor) -> None:
    make_township(
        code="370114001", name="明水街道", county=make_county(code="370114", name="章丘区")
    )
    city = officer_of(make_city(), Role.CITY_OFFICER)

    write(city, preview(city, line(division="370181001", station=None)))

    assert Operator.objects.get().division_id == 370114001


def test_rows_outside_the_jurisdiction_stay_out(by: Actor) -> None:
    make_township(
        code="370103001", name="杆石桥街道", county=make_county(code="370103", name="市中区")
    )

    session = preview(
        by,
        line(division="370103001", sector="不知道"),
        line(),
        line(code=None, division="370103001"),
    )
    written = write(by, session)

    assert session.summary == {"new": 1, "skipped": 2, "warned": 0}
    assert faults(session) == [
        (5, "division", "outside_jurisdiction"),
        (7, "division", "outside_jurisdiction"),
    ]
    assert written.state == ImportSession.State.DONE
    assert Operator.objects.get().county_id == 370102


def test_an_operator_of_another_county_is_not_changed(by: Actor) -> None:
    neighbour = make_county(code="370103", name="市中区")
    theirs = make_operator(
        township=make_township(code="370103001", county=neighbour), code=credit_code(1)
    )

    session = preview(by, line())

    assert faults(session) == [(5, "credit_code", "operator_elsewhere")]
    theirs.refresh_from_db()
    assert theirs.county_id == 370103


def test_a_station_officer_may_not_import() -> None:
    with pytest.raises(Forbidden):
        roster.upload_roster(
            by=station_officer_of(make_station()), file_name="a", content=[sheet(line())], at=AT
        )


def test_a_neighbour_sees_nothing_of_the_import(by: Actor) -> None:
    session = preview(by, line())
    neighbour = officer_of(make_county(code="370103", name="市中区"))

    with pytest.raises(OutOfScope):
        roster.commit_roster(by=neighbour, session=session, at=AT)


def test_a_file_without_the_needed_columns_is_refused_in_words(by: Actor) -> None:
    content = "名称,电话\n甲店,138\n".encode()
    session = roster.upload_roster(by=by, file_name="a.csv", content=[content], at=AT)

    job = jobs.run_to_end(session.job_id or 0)

    session.refresh_from_db()
    assert (session.state, job.state) == (ImportSession.State.REFUSED, Job.State.FAILED)
    assert "缺少：统一社会信用代码、环节" in session.message


def test_no_sheet_is_refused_at_once(by: Actor, files: Path) -> None:
    with pytest.raises(Rejected) as refusal:
        roster.upload_roster(by=by, file_name="a.pdf", content=[b"%PDF-1.7"], at=AT)

    assert refusal.value.codes == ["document_no_sheet"]
    assert not ImportSession.objects.exists()
    assert list((files / "imports").iterdir()) == []


def test_what_changed_since_the_preview_is_respected(by: Actor) -> None:
    session = preview(by, line())
    make_operator(code=credit_code(1), name="别人先录的店")

    write(by, session)

    assert Operator.objects.get().name == "孙记源泉粮油店"
    assert ImportRow.objects.get(session=session).outcome == "written"


def test_writing_costs_the_same_for_many_rows(
    by: Actor, django_assert_max_num_queries: Any
) -> None:
    session = preview(by, *[line(code=credit_code(n), station=None) for n in range(1, 121)])
    rows = list(ImportRow.objects.filter(session=session).order_by("row_no"))

    with django_assert_max_num_queries(14):
        assert roster.write_rows(by=by, session=session, rows=rows, at=AT) == 120


@pytest.mark.parametrize(
    ("name", "sector", "kind", "expected"),
    [
        ("盛禾食品批发有限公司", "circulation", "enterprise", True),
        ("盛禾食品超市", "circulation", "enterprise", False),
        ("盛禾批发部", "circulation", "individual", False),
        ("盛禾批发食品厂", "production", "enterprise", False),
    ],
)
def test_an_enterprise_that_calls_itself_a_wholesaler_keeps_sale_records(
    name: str, sector: str, kind: str, expected: bool
) -> None:
    """Source: Food Safety Law article 53 paragraph 4."""
    values = {"name": name, "sector": sector, "kind": kind}

    assert rules.suggest_wholesale(values) is expected
