"""Find the table in a sheet as people keep them: title rows above, headers over two merged rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from shilian.sheets.days import NoDay, day_in
from shilian.sheets.refusals import Refused
from shilian.sheets.rows import Cell, Merged, SheetRow
from shilian.text import normalise

SEARCHED_ROWS = 30
MAX_COLUMNS = 200
# A name of a column may be the beginning of a longer label when it is no shorter than this.
SHORTEST_NAME, LONGEST_NAME = 3, 30
# Of the columns that were found, so many must repeat their names for a row to be a header again.
REPEATED_PERCENT = 60
_NOISE = re.compile(r"[\s*:：·、,，。()（）\[\]【】\"'“”]+")
_NOTE = re.compile(r"[(\[【]([^)\]】]*)[)\]】]")
_SUM = re.compile(
    r"(本页|本月|本日|本周|本次|当日|当月|全月)?(合计|总计|小计|共计|累计|总合计)"
    r"(数量|金额|重量|件数|数|人民币.*|大写.*|[:(\d].*)?"
)
_SIGNATURE = re.compile(
    r"(制表|填表|审核|复核|经办|验收|记录|负责|保管|登记|制单|打印|主管|单位负责)"
    r"((人|员)(签字|签名|签章|:.*)?|(日期|时间|单位)?:.*)"
)
_SIGN = r"\(?(签字|签名|签章|盖章|公章)\)?"
_SIGNED = re.compile(
    r"(填报|审批|经手|采购|购货|进货|送货|交货|收货|签收|验货|仓管|库管|财务|店长|经理|领导|检查|监管|单位|日期)"
    rf"(人|员|者)?(日期|时间|部门)?({_SIGN}(:.*)?|:.*)|{_SIGN}:.*"
)
# What stands alone in a row between records: the number of a page, the heading of a part.
_BETWEEN = re.compile(
    r"第\d+页.*|共\d+页.*|-\d+-|[一二三四五六七八九十]{1,3}、.*|\([一二三四五六七八九十]{1,3}\).*"
    r"|.{1,10}(类|区|台账|明细表?|清单|登记表)"
)
# As forms number their columns below the names: 甲 乙 1 2 3.
_LETTERS = "甲乙丙丁戊"
SHORTEST_NUMBERING = 3
_END = re.compile(r"以下(空白|无正文)|(备注|说明|注|提示|填表说明|填报说明):.*")
# A remark below the table stands alone; a record that begins with such a word does not.
MAX_REMARK_CELLS = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a sheet: the names senders give it, the first being ours."""

    field: str
    names: tuple[str, ...]
    is_required: bool = False

    @property
    def title(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the table is: its last header row, and the column index of every field found."""

    first_row_no: int
    last_row_no: int
    indexes: dict[str, int]
    labels: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()

    def label(self, field_name: str) -> str:
        """The sender's own name for the field's column; empty when the sheet has none."""
        index = self.indexes.get(field_name)
        return self.labels[index] if index is not None else ""

    def note(self, field_name: str) -> str:
        """What stands in brackets or behind a stroke: 公斤 in 数量(公斤); empty for nothing."""
        label = normalise(self.label(field_name))
        found = _NOTE.search(label)
        return found[1].strip() if found else label.partition("/")[2]


@lru_cache(maxsize=4096)
def plain(label: str) -> str:
    """A column name without blanks, brackets and stars, for comparison."""
    return _NOISE.sub("", normalise(label)).lower()


@lru_cache(maxsize=4096)
def _bare(label: str) -> str:
    """The same without what stands in brackets."""
    return plain(_NOTE.sub("", normalise(label)))


def fingerprint(header: Header) -> str:
    """The same for every sheet of this form: the names of its columns in their places.

    Title rows, blanks, stars and brackets make no difference.
    """
    said = "\x1f".join(plain(label) for label in header.labels).rstrip("\x1f")
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def fit(
    rows: Sequence[SheetRow], columns: Sequence[Column], merged: Iterable[Merged] = ()
) -> tuple[int, int]:
    """How well a sheet suits the columns, for comparing sheets: required ones found, all found."""
    try:
        header = find_header(rows, columns, merged)
    except Refused:
        return 0, 0
    required = sum(column.is_required for column in columns)
    return required - len(header.missing), len(header.indexes)


def find_header(
    rows: Sequence[SheetRow], columns: Sequence[Column], merged: Iterable[Merged] = ()
) -> Header:
    """The header that names most of the columns, over one row or two.

    ``merged`` are the sheet's merged ranges where they are known; without them a name in an upper
    row is taken to reach as far as the next one. ``missing`` names the required fields it lacks.
    Raises: Refused when no row names at least two columns.
    """
    best: Header | None = None
    ranges = tuple(merged)
    for at, row in enumerate(rows[:SEARCHED_ROWS]):
        below = rows[at + 1] if at + 1 < len(rows) else None
        for candidate in _candidates(row, below, columns, ranges):
            if best is None or _rank(candidate) > _rank(best):
                best = candidate
    if best is None or len(best.indexes) < 2:
        raise Refused("header_missing")
    below = next((row for row in rows if row.row_no > best.last_row_no), None)
    if below is not None and _is_numbering(below):
        return replace(best, last_row_no=below.row_no)
    return best


def _is_numbering(row: SheetRow) -> bool:
    """Whether the row only counts the columns: 1 2 3, or (1) (2) (3) behind 甲 乙."""
    said = [normalise(cell.text).strip("()") for cell in row.cells if cell.text.strip()]
    numbers = [text for text in said if text not in _LETTERS]
    in_order = [str(number) for number in range(1, len(numbers) + 1)]
    return len(said) >= SHORTEST_NUMBERING and numbers == in_order


def _rank(header: Header) -> tuple[int, bool]:
    """More columns are better; of equals the single row, or a title would join the names."""
    return len(header.indexes), header.first_row_no == header.last_row_no


def _candidates(
    row: SheetRow, below: SheetRow | None, columns: Sequence[Column], merged: tuple[Merged, ...]
) -> list[Header]:
    alone = _header(row.row_no, row.row_no, _labels(row), columns)
    if below is None or below.row_no != row.row_no + 1:
        return [alone]
    lower = _labels(below)
    if _are_notes(lower) and not _is_numbering(below):
        # As good as one row: nothing but units in brackets, each below the name it belongs to.
        return [_header(below.row_no, below.row_no, _joined(_labels(row), [], lower), columns)]
    labels = _joined(_labels(row), _reaching(row, merged), lower)
    return [alone, _header(row.row_no, below.row_no, labels, columns)]


def _are_notes(labels: Sequence[str]) -> bool:
    return any(labels) and all(_NOTE.fullmatch(label) for label in labels if label)


def _labels(row: SheetRow) -> list[str]:
    """What stands in the row itself; a name merged over two rows belongs to the upper one."""
    return ["" if cell.is_repeated else normalise(cell.text) for cell in row.cells]


def _reaching(row: SheetRow, merged: tuple[Merged, ...]) -> list[str]:
    """The names of an upper header row, each over all the columns that it stands above."""
    labels = _labels(row)
    across = [m for m in merged if m.first_row_no == row.row_no and m.left < m.right]
    for span in across:
        right = min(span.right, MAX_COLUMNS)
        labels += [""] * (right + 1 - len(labels))
        labels[span.left : right + 1] = [labels[span.left]] * (right + 1 - span.left)
    if across:
        return labels
    above = ""
    reaching = [above := own or above for own in labels]
    # Without merged ranges the last name is taken to reach to the end.
    return reaching + [above] * (MAX_COLUMNS - len(reaching))


def _joined(upper: list[str], reaching: list[str], lower: list[str]) -> list[str]:
    """Labels over two rows: 供货者/名称, or the only one of the two."""
    labels: list[str] = []
    for index in range(max(len(upper), len(lower))):
        own = upper[index] if index < len(upper) else ""
        above = reaching[index] if index < len(reaching) else ""
        below = lower[index] if index < len(lower) else ""
        if below and _NOTE.fullmatch(below) and own:
            labels.append(f"{own}{below}")
        else:
            labels.append(f"{above}/{below}" if below and above else own or below)
    return labels


def _header(first: int, last: int, labels: list[str], columns: Sequence[Column]) -> Header:
    indexes: dict[str, int] = {}
    # Whole names first, so that a loose match never takes another field's column.
    ways = (_as_it_is, _noted, _tails, *([_heads] if first == last else []))
    for names_in in ways:
        places = _places(labels, names_in)
        for column in columns:
            if column.field not in indexes:
                index = _index_of(column, places, indexes.values())
                if index is not None:
                    indexes[column.field] = index
    missing = tuple(c.field for c in columns if c.is_required and c.field not in indexes)
    return Header(first, last, indexes, labels, missing)


def _places(labels: list[str], names_in: Callable[[str], Iterable[str]]) -> dict[str, list[int]]:
    """By name the indexes of the labels that may mean it, from the left."""
    places: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        for name in set(names_in(label)) if label else ():
            places.setdefault(name, []).append(index)
    return places


def _index_of(column: Column, places: dict[str, list[int]], taken: Collection[int]) -> int | None:
    """The column that bears the first of the names; of several, the leftmost."""
    for name in column.names:
        for index in places.get(plain(name), ()):
            if index not in taken:
                return index
    return None


def _as_it_is(label: str) -> Iterable[str]:
    return (plain(label),)


def _noted(label: str) -> Iterable[str]:
    """A name with something in brackets behind it, or cut in two by merged header rows."""
    return (_bare(label), _bare(label.replace("/", "")))


def _tails(label: str) -> Iterable[str]:
    """The lower of two joined labels, and the beginnings of one that only adds a unit or note."""
    lower = label.rsplit("/", 1)[-1]
    return (plain(lower), _bare(lower), *_beginnings(plain(label)))


def _beginnings(said: str) -> Iterable[str]:
    return (said[:end] for end in range(SHORTEST_NAME, min(len(said), LONGEST_NAME) + 1))


def _heads(label: str) -> Iterable[str]:
    """What stands before a stroke that puts a unit behind the name: 数量/公斤."""
    return (plain(label.split("/", 1)[0]),)


def is_total_row(row: SheetRow) -> bool:
    """Whether the row is no record: it sums up those above it, is signed, or closes the sheet."""
    filled = [cell for cell in row.cells if cell.text.strip()]
    own = [cell for cell in filled if not cell.is_repeated]
    # A day merged over all its records stands before their sum, a sum merged over two rows in it.
    return _closes(own) or (len(own) < len(filled) and _closes(filled))


def _closes(filled: Sequence[Cell]) -> bool:
    said = [normalise(cell.text).replace(" ", "") for cell in filled if cell.kind != "number"]
    first = said[0] if said else ""
    if any(_SUM.fullmatch(text) for text in said[:2]):
        return True
    if _SIGNATURE.match(first) or _SIGNED.fullmatch(first):
        return True
    if len(said) <= MAX_REMARK_CELLS and _END.match(first):
        return True
    return len(filled) == 1 and _stands_between(filled[0], first)


def _stands_between(cell: Cell, said: str) -> bool:
    """Whether the only cell of a row divides the records: a part's heading, a page, a day."""
    if cell.kind == "date" or _BETWEEN.fullmatch(said):
        return True
    try:
        day_in(said)
    except NoDay:
        return False
    return True


def is_header_again(row: SheetRow, header: Header) -> bool:
    """Whether the row repeats the header, as sheets do that were printed page by page."""
    found = [(header.labels[i], row.cell(i).text) for i in header.indexes.values()]
    same = sum(
        bool(text) and plain(text) in (plain(label), plain(label.rsplit("/", 1)[-1]))
        for label, text in found
        if label
    )
    return same >= 2 and same * 100 >= REPEATED_PERCENT * len(found)


def is_record(row: SheetRow, header: Header) -> bool:
    """Whether a row below the header is data, and no sum, signature, remark or header again."""
    return not is_total_row(row) and not is_header_again(row, header)
