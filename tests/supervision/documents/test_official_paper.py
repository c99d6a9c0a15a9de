"""The bulletin as an official document, opened again."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import date
from zipfile import ZipFile

import docx
import pytest

from enterprises.actor import platform_actor
from enterprises.models import OperatorState
from shilian import clock
from supervision.documents import fonts
from supervision.documents.bulletin_paper import file_name, paper_of
from supervision.documents.official import Annex, OfficialPaper, Words, title_lines
from supervision.documents.official_docx import write_docx
from supervision.documents.official_pdf import write_pdf
from supervision.models import Bulletin
from supervision.operations import bulletins
from tests.builders.enterprises import make_city, make_operator, make_township
from tests.builders.numbers import make_purchase, noon

MONTH = date(2026, 10, 1)
LISTED = {"listed_at": noon(date(2026, 9, 1)), "activated_at": noon(date(2026, 9, 1))}


def drafted() -> Bulletin:
    """Jinan: 2 of 3 registered, 1 of 2 active; Qingdao: no operator at all."""
    make_city(code="370200", name="青岛市")
    township = make_township()
    active = make_operator(township=township, **LISTED)
    make_operator(township=township, **LISTED)
    make_operator(township=township, state=OperatorState.LISTED, listed_at=LISTED["listed_at"])
    for day in (5, 6, 7, 8):
        make_purchase(active, on=date(2026, 10, day))
    return bulletins.draft_bulletin(
        by=platform_actor(), month=MONTH, at=clock.start_of(date(2026, 11, 3))
    )


def blank(**facts: object) -> OfficialPaper:
    paper = OfficialPaper(
        masthead="测试局文件",
        number="",
        title=("关于测试的通报",),
        addressee="各市市场监督管理局：",
        body=(),
        signed_by="测试局",
        issued_on=None,
        is_draft=True,
    )
    return replace(paper, **facts)


def texts(body: bytes) -> list[str]:
    return [each.text for each in docx.Document(io.BytesIO(body)).paragraphs]


@pytest.mark.django_db
def test_the_same_snapshot_has_the_same_bytes() -> None:
    paper = paper_of(drafted())
    first = write_docx(paper), write_pdf(paper)

    time.sleep(2.1)  # The dates inside an archive have steps of two seconds.

    assert (write_docx(paper), write_pdf(paper)) == first


@pytest.mark.django_db
def test_says_the_figures_and_prints_a_dash_without_data() -> None:
    bulletin = drafted()

    document = docx.Document(io.BytesIO(write_docx(paper_of(bulletin))))

    said = "\n".join(each.text for each in document.paragraphs)
    assert "计入考核的在册经营主体3户" in said
    assert "注册率66.67%，距95%的目标差28.33个百分点" in said
    assert "上链活跃度由高到低依次为济南市（50.00%）。" in said
    cities = [[cell.text for cell in row.cells] for row in document.tables[1].rows]
    assert cities[2][1:] == ["青岛市", "—", "—", "—", "—", "—", "—", "—", "—", "—"]


def test_a_draft_says_so_and_has_no_number_and_no_seal() -> None:
    shown = texts(write_docx(blank()))

    assert shown[0] == "代拟稿"
    assert shown[2].strip() == ""
    assert not any("印章" in each for each in shown)


def test_what_was_issued_has_its_number_and_day_and_no_mark() -> None:
    shown = texts(
        write_docx(blank(is_draft=False, number="测市监〔2026〕1号", issued_on=date(2026, 11, 5)))
    )

    assert shown[0].strip() == ""
    assert shown[2] == "测市监〔2026〕1号"
    assert "2026年11月5日" in shown


def test_stands_on_the_standards_paper_in_its_fonts() -> None:
    body = write_docx(blank())
    section = docx.Document(io.BytesIO(body)).sections[0]
    inside = ZipFile(io.BytesIO(body)).read("word/document.xml").decode()

    sides = (section.page_width, section.page_height, section.top_margin, section.left_margin)
    assert [round(side.mm) for side in sides] == [210, 297, 37, 28]
    assert [round(side.mm) for side in (section.bottom_margin, section.right_margin)] == [35, 26]
    assert 'w:linePitch="579"' in inside
    for face in ("方正小标宋简体", "仿宋_GB2312", "黑体"):
        assert f'w:eastAsia="{face}"' in inside


def test_page_numbers_stand_outside_right_and_left() -> None:
    body = write_docx(blank())

    section = docx.Document(io.BytesIO(body)).sections[0]
    sides = [
        footer.paragraphs[0].alignment for footer in (section.footer, section.even_page_footer)
    ]

    assert [side.name for side in sides] == ["RIGHT", "LEFT"]


def test_a_missing_font_is_replaced_and_said() -> None:
    only_serif = frozenset({"Noto Serif CJK SC"})

    assert fonts.families(only_serif)["fangsong"] == ["Noto Serif CJK SC"]
    assert fonts.families(only_serif)["hei"] == ["Noto Serif CJK SC"]
    assert "仿宋用 Noto Serif CJK SC" in fonts.substitution_note(only_serif)
    assert "没有中文字体" in fonts.substitution_note(frozenset())


def test_a_machine_without_any_chinese_font_still_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "installed", lambda: frozenset[str]())

    assert write_pdf(blank()).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于测试的通报", ("关于测试的通报",)),
        (
            "关于2026年10月全省食品安全追溯工作情况的通报",
            ("关于2026年10月", "全省食品安全追溯工作情况的通报"),
        ),
    ],
)
def test_a_title_breaks_at_the_sense(title: str, lines: tuple[str, ...]) -> None:
    assert title_lines(title) == lines


@pytest.mark.django_db
def test_the_name_of_the_file_tells_a_draft() -> None:
    bulletin = drafted()

    assert file_name(bulletin).endswith("（第1版）（代拟稿）")


def test_no_page_bears_the_signature_alone() -> None:
    annexes = (Annex("各市情况", ()), Annex("口径", ()))
    body = write_docx(blank(body=(Words("情况如下。"), Words("特此通报。")), annexes=annexes))

    shown = docx.Document(io.BytesIO(body)).paragraphs
    held = {each.text: bool(each.paragraph_format.keep_with_next) for each in shown}
    assert not held["情况如下。"]
    assert {held[text] for text in ("特此通报。", "　　附件：1. 各市情况", "测试局")} == {True}
    assert write_pdf(blank(body=(Words("特此通报。"),), annexes=annexes)).startswith(b"%PDF")


def test_two_empty_lines_stand_above_the_number_and_above_the_title() -> None:
    shown = docx.Document(io.BytesIO(write_docx(blank(number="测市监〔2026〕1号")))).paragraphs

    masthead, number, *empty, title = shown[1:6]
    assert masthead.paragraph_format.space_after.pt == pytest.approx(57.9)
    assert number.text == "测市监〔2026〕1号"
    assert [each.text for each in empty] == ["", ""]
    assert title.text == "关于测试的通报"
