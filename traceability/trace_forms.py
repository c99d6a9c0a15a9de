"""The forms of tracing: the finder, the filters of a trace, and a trace case from start to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from enterprises.models import Sector
from shilian.web.forms import FilterForm, TidyForm
from traceability.models import TraceCase
from traceability.queries import trace_finder
from traceability.queries.trace_pages import SORTS, ListAsked
from traceability.rules.cases import DEFAULT_DAYS, MAX_DAYS, REASON_LENGTH, CaseDraft

ID_LIMIT = 2**63
Choice = tuple[str, str]


def read_id(text: str) -> int | None:
    """A record's number as it stands in an address; None for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 20
    return int(text) if is_number and int(text) < ID_LIMIT else None


class TraceSearch(FilterForm):
    """What the officer has in hand; ``way`` is only chosen when the first guess was wrong."""

    q = forms.CharField(
        label="手上有什么",
        required=False,
        max_length=400,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": "追溯码、生产批号、商品名称、单位名称或信用代码",
                "data-shilian-scan-target": "",
                "autocomplete": "off",
            }
        ),
    )
    way = forms.ChoiceField(
        label="按什么找",
        required=False,
        choices=[("", "自动判断"), *trace_finder.WAYS.items()],
    )

    @property
    def text(self) -> str:
        return str(self.chosen().get("q", ""))

    @property
    def chosen_way(self) -> str:
        return str(self.chosen().get("way", ""))


class TraceFilter(FilterForm):
    """What of a trace is listed; the counties are those that the trace shows."""

    case = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    county = forms.ChoiceField(label="县区", required=False)
    sector = forms.ChoiceField(
        label="环节", required=False, choices=[("", "全部环节"), *Sector.choices]
    )
    until = forms.DateField(
        label="截至哪天已收到",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sort = forms.ChoiceField(label="排序", required=False, choices=list(SORTS.items()))

    def __init__(self, *args: Any, counties: Sequence[Choice] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].choices = [("", "全部县区"), *counties]  # type: ignore[attr-defined]

    @property
    def until_day(self) -> date | None:
        return self.chosen().get("until")

    def asked(self) -> ListAsked:
        chosen = self.chosen()
        county = chosen.get("county", "")
        return ListAsked(
            county_id=int(county) if county else None,
            sector=chosen.get("sector", ""),
            until=self.until_day,
            sort=chosen.get("sort", "hop"),
        )


def _words(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=required, max_length=REASON_LENGTH
    )


def _days(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        initial=DEFAULT_DAYS,
        help_text=f"一般 {DEFAULT_DAYS} 天，最多 {MAX_DAYS} 天，到期自动关闭。",
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 1, "max": MAX_DAYS}),
    )


class CaseFilter(FilterForm):
    show = forms.ChoiceField(
        label="案件", required=False, choices=[("", "全部"), ("mine", "等您审批")]
    )


class CaseForm(TidyForm):
    """A request to see the chain of one batch beyond one's own jurisdiction."""

    batch = forms.CharField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="事由", choices=[("", "请选择"), *TraceCase.Kind.choices])
    reason = _words("情况说明", "写清样品编号、投诉编号或发病情况，审批人据此决定。")
    asked_path = forms.ChoiceField(label="申请查看到哪里", required=False)
    days = _days("需要多少天")

    def __init__(self, *args: Any, places: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asked_path"].choices = places  # type: ignore[attr-defined]

    def draft(self, batch_id: int) -> CaseDraft:
        told = self.cleaned_data
        return CaseDraft(
            kind=told["kind"],
            reason=told["reason"],
            start_ids=(batch_id,),
            asked_path=told["asked_path"],
            days=told["days"],
        )


class ApproveForm(TidyForm):
    note = _words("审批意见", required=False)


class RefuseForm(TidyForm):
    note = _words("不批准的原因", "申请人会看到。")


class ExtendForm(TidyForm):
    days = _days("从今天起再延长多少天")
    reason = _words("延期的原因")


class CloseForm(TidyForm):
    note = _words("结案说明", "例如处置结果；撤回申请时写撤回的原因。")
