"""The forms of imports: which file of which kind, which column holds what, how to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from enterprises.actor import Actor
from enterprises.models import ImportSession
from shilian.web.forms import FilterForm, RecordForm, TidyForm
from traceability.filters import MonthField
from traceability.sheets.base import KINDS, SheetKind
from traceability.sheets.channels import channel_of, code_of, sources

LEFT_OUT = "不导入这一列"
SHOWN_EXAMPLES = 3
EXAMPLE_LENGTH = 20
# What is imported every day stands first.
ORDER = ("purchases", "sales", "inspections", "production", "products", "partners")


def kinds_for(actor: Actor) -> list[tuple[str, str]]:
    """The kinds of sheets that the person may import; exports of channels are chosen beside."""
    kinds = sorted(KINDS.values(), key=lambda kind: (*ORDER, kind.code).index(kind.code))
    return [
        (kind.code, kind.name)
        for kind in kinds
        if actor.may(kind.permission) and not channel_of(kind)
    ]


def listed_kinds(actor: Actor) -> list[tuple[str, str]]:
    """What earlier imports may have been: the person's kinds, and then the channels' exports."""
    exports = [
        (kind.code, kind.name)
        for kind in KINDS.values()
        if actor.may(kind.permission) and channel_of(kind)
    ]
    return [*kinds_for(actor), *sorted(exports)]


class ImportForm(RecordForm):
    kind = forms.ChoiceField(
        label="导入什么",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择导入什么。"},
    )
    sheet = forms.FileField(
        label="表格文件",
        help_text=(
            "支持 .xlsx（不超过 120 MB）和 .csv（不超过 300 MB），一次最多 100 万行。"
            "您自己的台账就行：列名叫法、先后不限，上面有标题行也不要紧"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": "请选择要导入的表格。",
            "empty": "这个文件是空的，请重新选择。",
        },
    )
    source = forms.ChoiceField(
        label="从哪里来的表",
        required=False,
        choices=sources,
        help_text="菜场、一网通、山餐安导出的表直接传，列名按它们的叫法认",
    )
    month = MonthField(
        label="这是哪个月的",
        help_text="表里只写“4月1日”时，用它补上年份",
        error_messages={"required": "请选择月份。"},
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The kind becomes that of the channel whose export it is."""
        said = super().clean() or {}
        code = code_of(said.get("kind", ""), said.get("source", ""))
        if said.get("source") and code not in KINDS:
            message = "这个渠道没有这种表的对照，请选“自己的表格”，再确认一下各列。"
            self.add_error("source", forms.ValidationError(message, "source_unknown"))
        return said | {"kind": code}


class PhotosForm(RecordForm):
    archive = forms.FileField(
        label="照片压缩包（.zip）",
        help_text="里面放 JPG、PNG 或 WebP 照片，一张不超过 10MB，一包不超过 2000 张",
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        error_messages={
            "required": "请选择照片压缩包。",
            "empty": "这个压缩包是空的，请重新选择。",
        },
    )


class ImportFilter(FilterForm):
    """Which of the earlier imports to list."""

    kind = forms.ChoiceField(label="种类", required=False)
    state = forms.ChoiceField(label="状态", required=False)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = ImportSession.State.choices
        for name, choices in (("kind", kinds), ("state", states)):
            self.fields[name].choices = [("", "全部"), *choices]  # type: ignore[attr-defined]


class ColumnsForm(TidyForm):
    """For every column of the sheet a list of what it may hold."""

    def __init__(
        self,
        *args: Any,
        kind: SheetKind,
        labels: Sequence[str],
        chosen: Mapping[str, int],
        sample: Sequence[Sequence[Any]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        by_index = {index: name for name, index in chosen.items()}
        choices = [("", LEFT_OUT), *((c.field, _title(c)) for c in kind.columns)]
        self._titles = kind.titles
        self._width = len(labels)
        for index, label in enumerate(labels):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=label or f"第 {index + 1} 列（没有列名）",
                required=False,
                choices=choices,
                initial=by_index.get(index, ""),
                help_text=_examples(sample, index),
                error_messages={"invalid_choice": "没有这个选项，请重新选择。"},
            )

    def columns(self) -> dict[str, int]:
        """The chosen columns by field."""
        found = {}
        for index in range(self._width):
            if name := self.cleaned_data.get(f"column_{index}"):
                found[name] = index
        return found

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        first: dict[str, str] = {}
        for index in range(self._width):
            key = f"column_{index}"
            name = said.get(key)
            if name and first.setdefault(name, key) != key:
                other = self.fields[first[name]].label
                message = f"“{self._titles[name]}”已经选了“{other}”那一列，只能选一列。"
                self.add_error(key, forms.ValidationError(message, "field_twice"))
        return said


def _examples(sample: Sequence[Sequence[Any]], index: int) -> str:
    """What stands in the first rows of the column; a row of the sample begins with its number."""
    texts = (row[index + 1] for row in sample if len(row) > index + 1)
    said = list(dict.fromkeys(_short(str(text)) for text in texts if text))[:SHOWN_EXAMPLES]
    return f"表里写着：{'、'.join(said)}" if said else "这一列前几行是空的"


def _short(text: str) -> str:
    """A credit code is shown whole; what is cut says so."""
    return text if len(text) <= EXAMPLE_LENGTH else f"{text[: EXAMPLE_LENGTH - 1]}…"


def _title(column: Any) -> str:
    return f"{column.title}（必填）" if column.is_required else str(column.title)
