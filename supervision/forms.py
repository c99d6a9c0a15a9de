"""What an officer may change on the bureau's pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from enterprises.models import Division, Operator, Standing
from shilian.web.forms import RecordForm, TidyForm
from supervision.filters import MonthField
from supervision.metrics import FOUR
from supervision.models import CityStatus
from supervision.rules.dated_values import StatusDraft, ValueDraft, WeightDraft


class StandingForm(TidyForm):
    """Whether an operator is counted, since when and why."""

    standing = forms.ChoiceField(label="经营状态", choices=Standing.choices)
    since = forms.DateField(
        label="自何日起", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label="原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明怎么核实的，例如“9月3日现场核查，店面已关，房东证实搬离”。",
        error_messages={"required": "请写明原因，它会留在审计记录里。"},
    )

    @classmethod
    def of(cls, operator: Operator, *, today: date) -> StandingForm:
        """The form as it first appears, with the operator's present standing."""
        return cls(initial={"standing": operator.standing, "since": today})

    @property
    def chosen_standing(self) -> Standing:
        return Standing(self.cleaned_data["standing"])


class WholesaleForm(TidyForm):
    """Whether an operator sells wholesale, and how that was found out."""

    is_wholesale = forms.TypedChoiceField(
        label="从事批发",
        choices=[("yes", "从事批发"), ("no", "不从事批发")],
        coerce=lambda value: value == "yes",
    )
    reason = forms.CharField(
        label="原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明怎么核实的，例如“9月3日现场核查，主要向周边小店批量供货”。",
        error_messages={"required": "请写明原因，它会留在审计记录里。"},
    )

    @classmethod
    def of(cls, operator: Operator) -> WholesaleForm:
        """The form as it first appears, with what the register says now."""
        return cls(prefix=cls.PREFIX, initial={"is_wholesale": _yes(operator.is_wholesale)})

    # Both forms of the page ask for a reason: each has names and ids of its own.
    PREFIX = "wholesale"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


class BulletinForm(RecordForm):
    """Which month's bulletin to draft; a second one for the same month corrects the first."""

    month = MonthField(label="月份", widget=forms.Select)
    reason = forms.CharField(
        label="更正原因",
        max_length=200,
        required=False,
        help_text="这个月已有通报时才要填。",
    )
    is_confirmed = forms.BooleanField(label="这个月没有记录，也要拟", required=False)

    def __init__(self, *args: Any, months: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].widget.choices = months
        self._oldest = min(text for text, _ in months)

    def clean_month(self) -> date:
        month: date = self.cleaned_data["month"]
        if f"{month:%Y-%m}" < self._oldest:
            raise forms.ValidationError("这个月太早，请从列出的月份里选。", code="month_too_old")
        return month


class DiscardForm(TidyForm):
    """Why a draft is thrown away."""

    reason = forms.CharField(
        label="删除原因",
        max_length=200,
        help_text="例如“选错了月份”。",
        error_messages={"required": "请写明为什么删除这份代拟稿，它会留在审计记录里。"},
    )


class ValueForm(TidyForm):
    """A new value of a threshold or target, from a month on."""

    value = forms.DecimalField(label="新数值", max_digits=9, decimal_places=2)
    effective_from = MonthField(label="从哪个月起", widget=forms.Select)
    legal_basis = forms.CharField(
        label="依据", max_length=200, help_text="例如“省局《……通知》（文号）第三条”。"
    )
    reason = forms.CharField(label="修改原因", max_length=200)

    def __init__(self, *args: Any, months: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_from"].widget.choices = months

    def draft(self) -> ValueDraft:
        """What the operation is asked to set."""
        return ValueDraft(**{name: self.cleaned_data[name] for name in ValueDraft.__slots__})


class WeightForm(TidyForm):
    """New weights of the four indicators, from a month on; the fields bear the indicators' codes."""

    effective_from = MonthField(label="从哪个月起", widget=forms.Select)
    legal_basis = forms.CharField(
        label="依据", max_length=200, help_text="例如“本年度评价考核办法第四条”。"
    )
    reason = forms.CharField(label="修改原因", max_length=200)

    def __init__(self, *args: Any, months: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_from"].widget.choices = months
        for each in FOUR:
            self.fields[each.code] = forms.DecimalField(
                label=f"{each.name}（%）", max_digits=5, decimal_places=2
            )
        self.order_fields([each.code for each in FOUR])

    def draft(self) -> WeightDraft:
        """What the operation is asked to set."""
        cleaned = self.cleaned_data
        return WeightDraft(
            weights={each.code: cleaned[each.code] for each in FOUR},
            effective_from=cleaned["effective_from"],
            legal_basis=cleaned["legal_basis"],
            reason=cleaned["reason"],
        )


class StatusForm(TidyForm):
    """What a city is from a month on."""

    city = forms.ChoiceField(
        label="城市",
        error_messages={"invalid_choice": "没有这个城市，请从列表里重选。"},
    )
    status = forms.ChoiceField(label="改为", choices=CityStatus.Status.choices)
    effective_from = MonthField(label="从哪个月起", widget=forms.Select)
    legal_basis = forms.CharField(
        label="依据", max_length=200, help_text="例如“国务院食安办《……》（文号）公布名单”。"
    )
    reason = forms.CharField(label="修改原因", max_length=200)

    def __init__(
        self,
        *args: Any,
        months: list[tuple[str, str]],
        cities: Iterable[Division],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_from"].widget.choices = months
        city = self.fields["city"]
        assert isinstance(city, forms.ChoiceField)
        city.choices = [(each.code, each.name) for each in cities]

    def draft(self) -> StatusDraft:
        """What the operation is asked to set."""
        return StatusDraft(**{name: self.cleaned_data[name] for name in StatusDraft.__slots__})


class ChangeDecisionForm(TidyForm):
    """Why a proposed change is approved, declined or withdrawn."""

    reason = forms.CharField(
        label="理由",
        max_length=200,
        help_text="例如“已与文件核对”。",
        error_messages={"required": "请写明理由，它会留在审计记录里。"},
    )
