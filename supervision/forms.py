"""What an officer may change on the bureau's pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from enterprises.models import Operator, Standing
from shilian.web.forms import TidyForm
from supervision.filters import MonthField


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


class BulletinForm(TidyForm):
    """Which month's bulletin to draft; a second one for the same month corrects the first."""

    month = MonthField(label="月份", widget=forms.Select)
    reason = forms.CharField(
        label="更正原因",
        max_length=200,
        required=False,
        help_text="这个月已有通报时才要填。",
    )

    def __init__(self, *args: Any, months: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].widget.choices = months
