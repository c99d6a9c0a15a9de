"""The pages of an import: upload, columns, preview, decision, result; and who may see them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from enterprises.models import ImportSession
from enterprises.operations import jobs
from shilian import clock
from tests.traceability.views.shop import Shop, make_shop
from traceability.models import Purchase

pytestmark = pytest.mark.django_db
PAGE = "/my/import/"
HEAD = "进货日期,食品名称,规格,数量,单位,生产批号,保质期,供货者名称,凭证号"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path
    return tmp_path


def goods(number: int, quantity: str = "10") -> str:
    day = clock.today()
    return f"{day:%Y-%m-%d},特一粉,25kg/袋,{quantity},袋,L26,12个月,泉润粮油店,{number:02}"


def send(shop: Shop, *lines: str, head: str = HEAD, kind: str = "purchases", **more: Any) -> Any:
    content = "\n".join([head, *lines]).encode()
    said = {"sheet": SimpleUploadedFile("台账.csv", content), "month": f"{clock.today():%Y-%m}"}
    return shop.client.post(PAGE, said | {"kind": kind} | more, follow=True)


def saved(book: Workbook) -> bytes:
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def session_of(shop: Shop) -> ImportSession:
    return ImportSession.objects.filter(operator_id=shop.operator.pk).latest("id")


def worked(shop: Shop) -> str:
    """Let the workers do what waits; gives the page afterwards."""
    session = session_of(shop)
    jobs.run_to_end(session.job_id or 0)
    return shown(shop)


def shown(shop: Shop) -> str:
    return str(shop.client.get(f"{PAGE}{session_of(shop).pk}/").content.decode())


def decide(shop: Shop, mode: str) -> str:
    shop.client.post(f"{PAGE}{session_of(shop).pk}/commit/", {"mode": mode})
    return worked(shop)


def test_a_sheet_is_checked_shown_and_only_then_recorded() -> None:
    shop = make_shop()

    send(shop, goods(1), goods(2, "若干"))
    preview = worked(shop)

    assert "检查完了，还没有导入" in preview
    assert "先导入没问题的 1 行" in preview
    assert "<strong>数量</strong>" in preview
    assert '<div class="sl-row-note">D3</div>' in preview
    assert "数量“若干”不是准确的数字" in preview
    assert not Purchase.objects.exists()

    result = decide(shop, "good_rows")

    assert "已记入 1 条" in result
    assert "核对新商品和单位" in result
    assert Purchase.objects.count() == 1


def test_the_same_fault_is_told_once_with_all_its_cells() -> None:
    shop = make_shop()

    send(shop, goods(1), goods(2, "若干"), goods(3, "若干"), "合计,,,30,,,,,")
    worked(shop)
    decide(shop, "good_rows")

    result = shown(shop)
    assert result.count("数量“若干”不是准确的数字") == 1
    assert "D3、D4" in result
    assert "第 5 行" in result


def test_what_may_stay_is_no_error_though_its_row_is_one() -> None:
    shop = make_shop()
    head = f"{HEAD},供货者统一社会信用代码"
    send(shop, f"{goods(1, '若干')},91370100264400002B", head=head)

    told = worked(shop)

    first, second = told.index("有错误</"), told.index("有提示</")
    assert first < told.index("数量“若干”不是准确的数字") < second
    assert second < told.index("最后一位校验不符")


def test_hints_are_shown_before_their_rows_are_recorded() -> None:
    shop = make_shop()
    head = f"{HEAD},供货者统一社会信用代码"
    send(shop, f"{goods(1, '若干')},", f"{goods(2)},91370100264400002B", head=head)

    told = worked(shop)

    assert "先导入没问题的 1 行" in told
    assert told.index("数量“若干”不是准确的数字") < told.index("最后一位校验不符")
    assert "看前 200 行" not in told


def test_a_question_being_answered_outlives_the_next_refresh() -> None:
    shop = make_shop()
    send(shop, goods(1))

    running = shown(shop)

    assert 'id="import-stop-reading" hx-preserve' in running


def test_a_long_cell_is_cut_with_a_sign_of_it() -> None:
    shop = make_shop()
    head = "进货日期,东西,规格,数量,单位,生产批号,保质期,供货者名称,凭证号"
    send(shop, "2026-04-01,面,,10,袋,L26,12个月,91370100264400002B12345,01", head=head)

    asked = worked(shop)

    assert "没有找到必填的列：食品名称" in asked
    assert "表里写着：91370100264400002B1…" in asked


def test_everything_right_may_be_written_as_a_whole() -> None:
    shop = make_shop()
    send(shop, goods(1), goods(2))

    preview = worked(shop)

    assert "导入这 2 行" in preview
    assert "全部没问题才导入" in preview
    assert "已记入 2 条" in decide(shop, "all_or_nothing")


def test_as_a_whole_is_refused_while_rows_are_wrong() -> None:
    shop = make_shop()
    send(shop, goods(1), goods(2, "若干"))
    worked(shop)
    address = f"{PAGE}{session_of(shop).pk}/commit/"

    answer = shop.client.post(address, {"mode": "all_or_nothing"}, follow=True)

    assert "还有 1 行有错误" in answer.content.decode()
    assert not Purchase.objects.exists()


def test_unknown_headings_wait_for_a_person_and_are_remembered() -> None:
    shop = make_shop()
    head = "进货日期,东西,规格,几件,单位,生产批号,保质期,谁送的,凭证号"
    send(shop, goods(1), head=head)

    asked = worked(shop)

    assert "请核对每一列是什么" in asked
    assert "没有找到必填的列：食品名称、数量、供货者名称" in asked
    assert "泉润粮油店" in asked

    confirmed = {
        "column_0": "purchased_on",
        "column_1": "product_name",
        "column_2": "specification",
        "column_3": "quantity",
        "column_4": "unit",
        "column_5": "batch_number",
        "column_7": "supplier_name",
    }
    shop.client.post(f"{PAGE}{session_of(shop).pk}/columns/", confirmed)
    assert "可以导入 1 行" in worked(shop)

    send(shop, goods(2), head=head)
    assert "可以导入 1 行" in worked(shop)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "请选择哪一列是进货日期。"),
        ({"column_0": "purchased_on", "column_1": "purchased_on"}, "只能选一列"),
        ({"column_0": "nonsense"}, "没有这个选项"),
    ],
)
def test_columns_that_cannot_be_are_refused_in_words(said: dict[str, str], sentence: str) -> None:
    shop = make_shop()
    send(shop, goods(1), head=HEAD.replace("食品名称", "东西"))
    worked(shop)

    answer = shop.client.post(f"{PAGE}{session_of(shop).pk}/columns/", said)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert session_of(shop).state == ImportSession.State.MAPPING


def test_the_same_file_again_leads_to_the_earlier_result() -> None:
    shop = make_shop()
    send(shop, goods(1))
    worked(shop)
    decide(shop, "good_rows")

    answer = send(shop, goods(1))

    assert "已上传过" in answer.content.decode()
    assert "已记入 1 条" in answer.content.decode()
    assert ImportSession.objects.count() == 1


def test_a_corrected_sheet_brings_in_only_what_was_put_right() -> None:
    shop = make_shop()
    send(shop, goods(1), goods(2, "若干"))
    worked(shop)
    decide(shop, "good_rows")

    marked = shop.client.get(f"{PAGE}{session_of(shop).pk}/sheet/")
    book = load_workbook(BytesIO(marked.content))
    page = book.worksheets[0]
    assert page["D3"].comment.text.startswith("数量“若干”")
    page["D3"] = "12"
    send(shop, sheet=SimpleUploadedFile("台账-检查结果.xlsx", saved(book)))

    assert "可以导入 1 行" in worked(shop)
    decide(shop, "good_rows")
    assert sorted(Purchase.objects.values_list("quantity", flat=True)) == [10, 12]


def test_a_marked_sheet_with_a_heading_over_two_rows_is_known_again() -> None:
    shop = make_shop()
    book = Workbook()
    page = book.worksheets[0]
    page.append(["进货日期", "食品名称", "数量", "单位", "供货单位", None])
    page.append([None, None, None, None, "名称", "电话"])
    page.merge_cells("E1:F1")
    page.append([f"{clock.today()}", "面粉", "若干", "袋", "泉润粮油店", "13900000000"])
    send(shop, sheet=SimpleUploadedFile("台账.xlsx", saved(book)))
    assert "请核对每一列是什么" in worked(shop)
    found = session_of(shop).mapping["indexes"]
    said = {f"column_{index}": name for name, index in found.items()}
    shop.client.post(f"{PAGE}{session_of(shop).pk}/columns/", said)
    worked(shop)

    marked = shop.client.get(f"{PAGE}{session_of(shop).pk}/sheet/")
    book = load_workbook(BytesIO(marked.content))
    book.worksheets[0]["C3"] = "12"
    send(shop, sheet=SimpleUploadedFile("台账-检查结果.xlsx", saved(book)))

    assert "可以导入 1 行" in worked(shop)


def test_a_file_that_is_no_sheet_is_refused_at_its_field() -> None:
    shop = make_shop()

    answer = send(shop, sheet=SimpleUploadedFile("旧.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600))

    assert answer.status_code == 422
    assert "另存为" in answer.content.decode()
    assert not ImportSession.objects.exists()


def test_an_import_may_be_given_up_and_taken_up_again() -> None:
    shop = make_shop()
    send(shop, goods(1))
    worked(shop)
    address = f"{PAGE}{session_of(shop).pk}/"

    given_up = shop.client.post(f"{address}cancel/", follow=True).content.decode()
    again = shop.client.post(f"{address}resume/", follow=True).content.decode()

    assert "已取消，一条也没有记入台账" in given_up
    assert "继续导入" in given_up
    assert "导入这 1 行" in again


def test_what_runs_says_so_and_asks_again_by_itself() -> None:
    shop = make_shop()
    send(shop, goods(1))
    address = f"{PAGE}{session_of(shop).pk}/"

    answer = shop.client.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "hx-get" in answer
    assert "正在排队" in answer
    assert "<html" not in answer


def test_history_is_filtered_by_kind() -> None:
    shop = make_shop()
    send(shop, goods(1))

    assert "台账.csv" in shop.client.get(f"{PAGE}?kind=purchases").content.decode()
    text = shop.client.get(f"{PAGE}?kind=sales").content.decode()
    assert "没有这样的导入" in text


def test_history_tells_a_channels_export_apart() -> None:
    shop = make_shop()
    send(shop, goods(1), source="market")

    everything = shop.client.get(PAGE).content.decode()
    exports = shop.client.get(f"{PAGE}?kind=purchases%40market").content.decode()
    own = shop.client.get(f"{PAGE}?kind=purchases").content.decode()

    for text in (everything, exports):
        assert "进货台账（菜场导出） · " in text
    assert "没有这样的导入" in own


def test_a_stranger_s_import_is_not_there() -> None:
    shop, other = make_shop(), make_shop(name="别家")
    send(other, goods(1))
    worked(other)
    address = f"{PAGE}{session_of(other).pk}/"

    assert shop.client.get(address).status_code == 404
    for action in ("columns", "commit", "cancel", "resume"):
        assert shop.client.post(f"{address}{action}/").status_code == 404
    assert shop.client.get(f"{address}sheet/").status_code == 404
    assert session_of(other).state == ImportSession.State.PREVIEW


def test_the_blank_sheets_are_one_click_away() -> None:
    shop = make_shop()

    for kind in ("purchases", "sales", "inspections", "production", "products", "partners"):
        answer = shop.client.get(f"{PAGE}template/{kind}/")
        assert load_workbook(BytesIO(answer.content)).sheetnames[1] == "填写说明"
    assert shop.client.get(f"{PAGE}template/nothing/").status_code == 404


def test_the_pages_ask_little(django_assert_max_num_queries: Any) -> None:
    shop = make_shop()
    send(shop, goods(1), goods(2, "若干"))
    worked(shop)

    with django_assert_max_num_queries(16):
        shop.client.get(PAGE)
    with django_assert_max_num_queries(14):
        shop.client.get(f"{PAGE}{session_of(shop).pk}/")
    with django_assert_max_num_queries(10):
        shop.client.get(f"{PAGE}template/products/")


def test_the_home_page_tells_until_it_was_seen() -> None:
    shop = make_shop()
    send(shop, goods(1))
    jobs.run_to_end(session_of(shop).job_id or 0)

    before = shop.client.get("/my/").content.decode()
    shop.client.post(f"{PAGE}{session_of(shop).pk}/seen/", headers={"HX-Request": "true"})
    after = shop.client.get("/my/").content.decode()

    assert "导入的“台账.csv”等您确认" in before
    assert "导入的" not in after
