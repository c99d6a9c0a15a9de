"""The form of the search for a common source, as an officer fills and refills it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from shilian.web.forms import TidyForm
from traceability.models import TraceCase
from traceability.queries.source_walk import Assumptions
from traceability.rules.common_source import (
    KIND_NAMES,
    Contact,
    FindingKind,
    FindingLine,
    lines_of,
)

EXPORTS = {"json": "项目文件", "xlsx": "表格模板"}
CONTACTS = (
    (Contact.NONE, "不考虑"),
    (Contact.SAME_DAY, "同一单位同一天收进或生产的"),
    (Contact.SAME_OPERATOR, "同一单位此前 30 天内收进或生产的"),
    (Contact.SAME_LINE, "同一条生产线此前 30 天内做的"),
)
HELP = {
    FindingKind.LABORATORY: "实验室确认的，分量最重。",
    FindingKind.ILLNESS: "每桌或每起一行，可以只写单位和就餐日期。",
    FindingKind.COMPLAINT: "未经检验的投诉举报，分量较轻。",
    FindingKind.CLEAN: "同期抽检合格的批次。供给过它们的来源，嫌疑相应降低。",
}
# Longer than fifty lines of a name and a number can be.
TEXT_LENGTH = 6_000
ID_LIMIT = 2**63


def _findings(kind: FindingKind) -> forms.CharField:
    return forms.CharField(
        label=KIND_NAMES[kind],
        required=False,
        max_length=TEXT_LENGTH,
        help_text=HELP[kind],
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )


class CommonSourceForm(TidyForm):
    """The findings by kind, one a line; the assumptions; what is left out so far.

    ``leave_out`` and ``take_back`` are buttons of the answer: ``batch-1`` or ``operator-1``.
    """

    laboratory = _findings(FindingKind.LABORATORY)
    illness = _findings(FindingKind.ILLNESS)
    complaint = _findings(FindingKind.COMPLAINT)
    passed = _findings(FindingKind.CLEAN)
    contact = forms.ChoiceField(
        label="可能互相污染的货物",
        choices=CONTACTS,
        required=False,
        help_text="例如同一天进货、同一个冷库或案板。选上以后，会从这些货物继续向上查。",
    )
    everywhere = forms.BooleanField(
        label="上游每一环节都这样考虑（默认只考虑发现问题的单位）", required=False
    )
    case = forms.ChoiceField(
        label="追溯案件",
        required=False,
        help_text="选已批准的案件，可以看到案件范围内辖区以外的批次；每次查看都会告知数据所有者。",
    )
    without_batches = forms.CharField(required=False, widget=forms.HiddenInput)
    without_operators = forms.CharField(required=False, widget=forms.HiddenInput)
    leave_out = forms.CharField(required=False, widget=forms.HiddenInput)
    take_back = forms.CharField(required=False, widget=forms.HiddenInput)
    export = forms.ChoiceField(choices=list(EXPORTS.items()), required=False)

    def __init__(self, *args: Any, cases: Sequence[TraceCase], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cases = {str(case.pk): case for case in cases}
        named = [
            (key, f"{case.get_kind_display()}：{case.reason}") for key, case in self._cases.items()
        ]
        self.fields["case"].choices = [("", "不用案件，只看本辖区"), *named]  # type: ignore[attr-defined]

    @property
    def finding_fields(self) -> list[forms.BoundField]:
        return [self[kind] for kind in FindingKind]

    @property
    def lines(self) -> list[FindingLine]:
        return lines_of((kind, self.cleaned_data[kind]) for kind in FindingKind)

    @property
    def assumptions(self) -> Assumptions:
        return Assumptions(
            contact=Contact(self.cleaned_data["contact"] or Contact.NONE),
            is_contact_everywhere=self.cleaned_data["everywhere"],
            without_batches=self._without("batch"),
            without_operators=self._without("operator"),
        )

    @property
    def wanted_file(self) -> str:
        return str(self.cleaned_data["export"])

    @property
    def chosen_case(self) -> TraceCase | None:
        return self._cases.get(self.cleaned_data["case"])

    def _without(self, what: str) -> frozenset[int]:
        """The ids of one kind (batch, operator) that are left out, after the button pressed last."""
        field = "without_batches" if what == "batch" else "without_operators"
        ids = {int(text) for text in self.cleaned_data[field].split(",") if _is_id(text)}
        for name in ("leave_out", "take_back"):
            kind, _, text = self.cleaned_data[name].partition("-")
            if kind == what and _is_id(text):
                ids = ids | {int(text)} if name == "leave_out" else ids - {int(text)}
        return frozenset(ids)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text[:20]) < ID_LIMIT
