"""Understanding the rows of a long sheet from memory: most say what rows above them have said.

A wholesaler's sheet names the same goods, suppliers and days on thousands of rows. What such cells
mean is worked out once, by the kind's own ``read``; a row is then put together from what is
remembered. A row with anything in doubt is left to ``read`` itself, so that both always agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Any

from shilian.sheets.rows import ABOVE_MARK, EMPTY, Cell, SheetRow, cells_of, said_text
from traceability.sheets.base import Cells, Line, SheetKind, find_kind

REMEMBERED = 20_000
# What these cells alone say; it names the fields that are missing, too.
Understand = Callable[[Cells], Line]
MakeCells = Callable[[Iterable[str]], list[Cell]]


class _Memory(dict[Any, Any]):
    """The meaning of the cells of some columns by their texts; None where there is any doubt."""

    def __init__(
        self,
        part: Sequence[str],
        fields: Sequence[str],
        headings: Mapping[str, str],
        examples: Sequence[Mapping[str, str]],
        know: Understand,
        make_cells: MakeCells = cells_of,
    ) -> None:
        """``fields`` are those of the ``part`` that the sheet has columns for."""
        super().__init__()
        self._part, self._fields, self._headings, self._know = part, fields, headings, know
        self._make_cells = make_cells
        self._examples = [
            {name: text for name, text in example.items() if name in fields} for example in examples
        ]

    def __missing__(self, said: str | tuple[str, ...]) -> dict[str, Any] | None:
        if len(self) >= REMEMBERED:
            self.clear()
        texts = (said,) if isinstance(said, str) else said
        named = zip(self._fields, self._make_cells(texts), strict=True)
        cells = {name: cell for name, cell in named if cell.text}
        self[said] = found = self._meaning(cells)
        return found

    def _meaning(self, cells: dict[str, Cell]) -> dict[str, Any] | None:
        if any(cell.kind in ("error", "formula") for cell in cells.values()):
            return None
        if self._may_be_no_record(cells):
            return None
        line = self._know(cells)
        if any(problem.field in self._part for problem in line.problems):
            return None
        return {name: value for name, value in line.values.items() if name in self._part}

    def _may_be_no_record(self, cells: Cells) -> bool:
        """Whether something required is missing or only a heading, or the cells are an example's."""
        for name, heading in self._headings.items():
            if name in self._fields and (name not in cells or cells[name].text == heading):
                return True
        said = {name: cell.text for name, cell in cells.items()}
        return said in self._examples


class QuickReader:
    """Rows as lines, each from what is remembered of its columns; None for one to be read in full.

    ``headings`` are the sender's own names of the required columns, ``labels`` of all.
    """

    def __init__(
        self,
        kind: SheetKind,
        places: Mapping[str, int],
        headings: Mapping[str, str],
        labels: Sequence[str],
        know: Understand,
    ) -> None:
        assert kind.quick is not None
        self._labels = labels
        self._code_of = kind.quick.code_of
        self._width = max(places.values()) + 1
        self._codes = [(name, places[name]) for name in kind.quick.codes if name in places]
        # An example row is known by its goods; its days and amounts are anybody's.
        examples = {kind.quick.parts[0]: kind.example}
        self._parts = [
            (
                itemgetter(*(places[name] for name in fields)),
                _Memory(part, fields, headings, examples.get(part, ()), know),
            )
            for part, fields in _mapped(kind.quick.parts, places)
        ]
        taken = {name for fields in kind.quick.parts for name in fields} | set(kind.quick.codes)
        self._others = [place for name, place in places.items() if name not in taken]

    def line(self, row: SheetRow) -> Line | None:
        """What the row says, when nothing in it is in doubt; ``raw`` by the labels."""
        said = row.said
        if said is None:
            return None
        if len(said) < self._width:
            said = said + [""] * (self._width - len(said))
        values: dict[str, Any] = {}
        alike = None
        for take, memory in self._parts:
            found = memory[take(said)]
            if found is None:
                return None
            if alike is None:
                alike = found
            values.update(found)
        for name, place in self._codes:
            if text := said[place]:
                code = self._code_of(name, text) if text > ABOVE_MARK else None
                if code is None:
                    return None
                values[name] = code
        for place in self._others:
            if said[place]:
                return None
        return Line(row.row_no, self._raw(said), values, [], True, alike)

    def _raw(self, said: Sequence[str]) -> dict[str, str]:
        return {
            label: text if text > ABOVE_MARK else said_text(text)
            for label, text in zip(self._labels, said, strict=False)
            if text and label
        }


class QuickItems:
    """Items of named texts as lines in the same way, for doors that have no sheet."""

    def __init__(self, kind: SheetKind, month: date) -> None:
        assert kind.quick is not None
        self._codes, self._code_of = kind.quick.codes, kind.quick.code_of
        required = {column.field: "" for column in kind.columns if column.is_required}
        self._parts = [
            (
                itemgetter(*part),
                _Memory(part, part, required, (), lambda c: kind.read(c, 0, month), _text_cells),
            )
            for part in kind.quick.parts
        ]
        taken = {name for part in kind.quick.parts for name in part} | set(self._codes)
        self._others = frozenset(column.field for column in kind.columns) - taken
        self._blank = dict.fromkeys(taken, "")

    def line(self, texts: dict[str, str], row_no: int) -> Line | None:
        """What the item says, when nothing in it is in doubt; without ``raw``. No text is empty."""
        if not self._others.isdisjoint(texts):
            return None
        said = self._blank | texts
        values: dict[str, Any] = {}
        alike = None
        for take, memory in self._parts:
            found = memory[take(said)]
            if found is None:
                return None
            if alike is None:
                alike = found
            values.update(found)
        for name in self._codes:
            if text := said[name]:
                code = self._code_of(name, text)
                if code is None:
                    return None
                values[name] = code
        return Line(row_no, {}, values, [], True, alike)


@lru_cache(maxsize=32)
def quick_items(code: str, month: date) -> QuickItems | None:
    """The one memory of this process for the kind; None for a kind that has no quick way."""
    kind = find_kind(code)
    return None if kind.quick is None else QuickItems(kind, month)


def _text_cells(texts: Iterable[str]) -> list[Cell]:
    return [Cell(text, "text") if text else EMPTY for text in texts]


def _mapped(
    parts: Sequence[tuple[str, ...]], places: Mapping[str, int]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each part with those of its fields that the sheet has a column for."""
    for part in parts:
        if fields := tuple(name for name in part if name in places):
            yield part, fields
