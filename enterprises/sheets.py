"""The licence roster as a sheet: its columns, and what each row of it means."""

from __future__ import annotations

from datetime import date
from typing import Any

from enterprises.rules import roster
from enterprises.rules.credit_codes import check_credit_code
from enterprises.rules.licences import LicenceDraft, check_licence
from enterprises.rules.phones import check_phone, tidy_phone
from enterprises.rules.registration import LENGTHS, TITLES
from enterprises.rules.roster import Places, RosterEntry
from shilian.problems import Problem
from shilian.sheets.cells import (
    Lossy,
    NoDay,
    code_of,
    day_of,
    is_endless,
    since_1900,
    text_of,
    words_of,
)
from shilian.sheets.headers import Column, Header
from shilian.sheets.reader import Cell, SheetRow

ROSTER_COLUMNS = (
    Column("name", ("主体名称", "名称", "单位名称", "企业名称", "经营者名称", "字号名称", "商户名称"), is_required=True),
    Column("credit_code", ("统一社会信用代码", "社会信用代码", "信用代码"), is_required=True),
    Column("licence_kind", ("许可证（登记证）类别", "许可证类别", "证件类别", "许可类别", "类别")),
    Column("licence_number", ("许可证（登记证）编号", "许可证编号", "许可证号", "登记证编号", "证件编号", "编号")),
    Column("legal_person", ("法定代表人（负责人）", "法定代表人", "法人", "负责人", "经营者姓名", "经营者")),
    Column("contact_name", ("联系人", "联系人姓名")),
    Column("contact_phone", ("联系电话", "联系手机", "手机号", "手机号码", "手机", "电话", "联系方式")),
    Column("sector", ("环节", "所属环节", "业态环节"), is_required=True),
    Column("kind", ("主体类型", "主体性质", "经营者类型", "类型")),
    Column("address", ("经营地址", "经营场所", "地址", "生产地址", "住所")),
    Column("division", ("区划代码", "行政区划代码", "乡镇代码", "乡镇区划代码")),
    Column("township", ("乡镇（街道）", "所属乡镇（街道）", "所在乡镇", "乡镇街道", "街道")),
    Column("station", ("所属监管所", "监管所", "市场监管所")),
    Column("issued_on", ("发证日期", "许可日期", "发证时间")),
    Column("valid_until", ("有效期至", "有效期限", "到期日期", "有效期")),
    Column("standing", ("状态", "经营状态", "主体状态")),
    Column("wholesale", ("是否批发", "从事批发")),
)  # fmt: skip
YES = frozenset({"是", "有", "批发", "√", "1", "y", "yes"})
LOST_DIGITS = "表格把它存成了数字，末几位已经丢失，请把这一列设为文本后重新填写。"


class RowReader:
    """Reads one row after another; remembers nothing between them.

    ``is_1904``: the workbook counts its days from 1904.
    """

    def __init__(
        self, header: Header, places: Places, *, today: date, is_1904: bool = False
    ) -> None:
        self.header = header
        self.places = places
        self.today = today
        self.is_1904 = is_1904

    def read(self, row: SheetRow) -> RosterEntry:
        """The row's entry with every problem it has, each at its field."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for step in (self._texts, self._codes, self._words, self._phone, self._licence):
            step(row, values, problems)
        county_id = self._place(row, values, problems)
        self._standing(row, values)
        return RosterEntry(
            row_no=row.row_no,
            raw={name: self._cell(row, name).text for name in self.header.indexes},
            values=values,
            county_id=county_id,
            problems=tuple(problem.at_row(row.row_no) for problem in problems),
        )

    def _cell(self, row: SheetRow, name: str) -> Cell:
        return row.cell(self.header.indexes.get(name))

    def _texts(self, row: SheetRow, values: dict[str, Any], problems: list[Problem]) -> None:
        for name, most in LENGTHS.items():
            text = words_of(self._cell(row, name))
            if len(text) > most:
                message = f"{TITLES[name]}不能超过{most}个字，请缩短。"
                problems.append(Problem(f"{name}_too_long", name, message))
            elif text:
                values[name] = text
        if "contact_name" not in values and "legal_person" in values:
            values["contact_name"] = values["legal_person"]
        if "name" not in values and not any(p.field == "name" for p in problems):
            problems.append(Problem("name_missing", "name", "请填写主体名称，与营业执照一致。"))
        if text_of(self._cell(row, "wholesale")):
            values["is_wholesale"] = text_of(self._cell(row, "wholesale")).lower() in YES

    def _codes(self, row: SheetRow, values: dict[str, Any], problems: list[Problem]) -> None:
        code = self._code(row, "credit_code", problems)
        if code is None:
            return
        if not code:
            message = "没有统一社会信用代码，请对照营业执照补充。"
            problems.append(Problem("credit_code_missing", "credit_code", message))
            return
        values["credit_code"] = code
        problems += check_credit_code(code)

    def _code(self, row: SheetRow, name: str, problems: list[Problem]) -> str | None:
        """The code in the cell; None, and a problem, when the sheet has lost some of it."""
        try:
            return code_of(self._cell(row, name))
        except Lossy:
            problems.append(Problem("code_lost_digits", name, LOST_DIGITS))
            return None

    def _words(self, row: SheetRow, values: dict[str, Any], problems: list[Problem]) -> None:
        word = text_of(self._cell(row, "sector"))
        if word in roster.SECTOR_WORDS:
            values["sector"] = roster.SECTOR_WORDS[word]
        elif word in roster.SECTOR_GUESSES:
            values["sector"] = roster.SECTOR_GUESSES[word]
            message = f"环节里没有“{word}”，已按“流通”导入，请核对。"
            problems.append(Problem("sector_guessed", "sector", message, severity="warning"))
        else:
            message = "环节应填生产、流通、餐饮、特食或种植养殖之一，请改正。"
            problems.append(Problem("sector_unknown", "sector", message))
        self._kind(row, values, problems)

    def _kind(self, row: SheetRow, values: dict[str, Any], problems: list[Problem]) -> None:
        word = text_of(self._cell(row, "kind"))
        if word in roster.KIND_WORDS:
            values["kind"] = roster.KIND_WORDS[word]
        elif not word and values.get("credit_code", "")[:2] in ("91", "92"):
            # The first two characters of the code say who registered it. Source: GB 32100-2015.
            values["kind"] = (
                "enterprise" if values["credit_code"].startswith("91") else "individual"
            )
        else:
            message = "主体类型应填企业、个体工商户、合作社、事业单位、小作坊、小餐饮、食品摊点或农户之一，请改正。"
            problems.append(Problem("kind_unknown", "kind", message))

    def _phone(self, row: SheetRow, values: dict[str, Any], problems: list[Problem]) -> None:
        phone = self._code(row, "contact_phone", problems)
        if phone is None:
            return
        phone = tidy_phone(phone)
        problems += check_phone(phone)
        if phone:
            values["contact_phone"] = phone

    def _licence(self, row: SheetRow, values: dict[str, Any], problems: list[Problem]) -> None:
        number = self._code(row, "licence_number", problems)
        issued = self._day(row, "issued_on", problems)
        is_endless_ = is_endless(self._cell(row, "valid_until"))
        until = None if is_endless_ else self._day(row, "valid_until", problems)
        if not number:
            return
        kind = roster.licence_kind(text_of(self._cell(row, "licence_kind")), number)
        draft = LicenceDraft(number, kind, issued, until)
        problems += check_licence(draft, today=self.today)
        values["licence"] = roster.write_licence(draft)

    def _day(self, row: SheetRow, name: str, problems: list[Problem]) -> date | None:
        cell = self._cell(row, name)
        try:
            return day_of(since_1900(cell) if self.is_1904 else cell)
        except NoDay:
            message = "日期没看懂，请写成 2026-05-03 这样。"
            problems.append(Problem("day_malformed", name, message))
            return None

    def _place(self, row: SheetRow, values: dict[str, Any], problems: list[Problem]) -> int | None:
        found = self._division(row, values, problems)
        if found is None:
            if not any(problem.field == "division" for problem in problems):
                message = "没有找到所在的乡镇（街道），请填写9位区划代码或核对名称。"
                problems.append(Problem("division_unknown", "division", message))
            return None
        division_id, path = found
        if not path.startswith(self.places.in_sight or ("?",)):
            message = "这一行不在您的辖区内，没有导入，请由当地导入。"
            problems.append(Problem(roster.OUTSIDE, "division", message, severity="warning"))
            return None
        values["division_id"] = division_id
        if station := text_of(self._cell(row, "station")):
            values["station"] = station[:60]
        return int(path.split("/")[3])

    def _division(
        self, row: SheetRow, values: dict[str, Any], problems: list[Problem]
    ) -> tuple[int, str] | None:
        """By the code; else by the township's name, its own column or inside the address."""
        code = self._code(row, "division", problems)
        if code:
            code = roster.current_code(code)
            return self.places.paths_by_code.get(code) or self.places.paths_by_code.get(code[:6])
        by_name = self.places.townships_by_name
        held = by_name.get(text_of(self._cell(row, "township")), ())
        address = values.get("address", "")
        if not held and address:
            named = [ids for name, ids in by_name.items() if name in address and len(ids) == 1]
            held = named[0] if len(named) == 1 else ()
        if len(held) != 1:
            return None
        return held[0], self.places.paths_by_id[held[0]]

    def _standing(self, row: SheetRow, values: dict[str, Any]) -> None:
        word = text_of(self._cell(row, "standing"))
        words = roster.STANDING_WORDS.items()
        standing = next((code for name, code in words if word.startswith(name)), "")
        if standing:
            values["standing"] = standing
            values["standing_reason"] = "" if standing == "normal" else f"许可名录登记为“{word}”"
