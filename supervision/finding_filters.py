"""The filters and forms of the radar's lists and of months that look made up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from enterprises.models import Division, Person
from shilian.web.forms import FilterForm, TidyForm
from supervision.filters import ANY, MonthField, recent_months
from supervision.models import Finding, Suspicion
from supervision.queries.findings import MINE, NOBODY, FindingCriteria
from supervision.rules.radar import BANDS, MESSAGE_LENGTH, RADAR_RULES, Severity

MONTHS_OFFERED = 13
ID_DIGITS = 18


class CountyFilter(FilterForm):
    """A list narrowed to one of the counties that the actor answers for; one county is no choice."""

    search = forms.CharField(
        label="主体",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "名称或信用代码", "type": "search"}),
    )
    county = forms.TypedChoiceField(label="县区", coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, counties: Iterable[Division] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["county"]
        assert isinstance(field, forms.TypedChoiceField)
        choices = [(county.pk, county.name) for county in counties]
        field.choices = [ANY, *choices]
        if not choices:
            field.widget = forms.HiddenInput()


class FindingFilter(CountyFilter):
    """The filters of the radar's list; without any it shows what is open."""

    rule = forms.ChoiceField(
        label="情形",
        choices=[ANY, *((rule.code, rule.name) for rule in RADAR_RULES)],
        required=False,
    )
    severity = forms.TypedChoiceField(
        label="严重程度",
        choices=[ANY, *((each.value, each.label) for each in Severity)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    assignee = forms.ChoiceField(label="负责人", required=False)
    band = forms.TypedChoiceField(
        label="多久没有记录",
        choices=[("", "不限"), *((days, f"{days} 天以上") for days in BANDS)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    overdue = forms.ChoiceField(
        label="办理期限", choices=[("", "不限"), ("yes", "已过期限")], required=False
    )
    state = forms.ChoiceField(
        label="状态",
        choices=[("", "待处理"), (Finding.State.CLOSED, "已消除"), ("all", "全部")],
        required=False,
    )

    def __init__(self, *args: Any, colleagues: Iterable[Person] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignee"]
        assert isinstance(field, forms.ChoiceField)
        people = [(str(person.pk), person.name) for person in colleagues]
        field.choices = [ANY, (MINE, "我负责的"), (NOBODY, "还没有分派"), *people]

    @property
    def has_rare(self) -> bool:
        """Whether one of the folded filters is in use."""
        return bool(self.chosen().keys() & {"county", "band", "overdue"})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen())

    def criteria(self, today: date) -> FindingCriteria:
        """What the query is asked for."""
        chosen = self.chosen()
        state = chosen.get("state", Finding.State.OPEN)
        return FindingCriteria(
            today=today,
            rule=chosen.get("rule", ""),
            severity=chosen.get("severity"),
            county_id=chosen.get("county"),
            assignee=chosen.get("assignee", ""),
            overdue=chosen.get("overdue") == "yes",
            band=chosen.get("band"),
            state="" if state == "all" else state,
            search=chosen.get("search", ""),
        )


def chosen_ids(posted: QueryDict) -> list[int]:
    """The findings that were ticked; what is no number is nobody's."""
    return [int(text) for text in posted.getlist("finding") if _is_number(text)]


def chosen_person(posted: QueryDict) -> int:
    """Whom they go to; 0 for nobody, which the operation refuses."""
    text = posted.get("person", "")
    return int(text) if _is_number(text) else 0


def _is_number(text: str) -> bool:
    """Whether it can be an id at all: the database's are below 2**63."""
    return text.isascii() and text.isdigit() and len(text) <= ID_DIGITS


class MessageForm(TidyForm):
    """What one operator is told."""

    text = forms.CharField(
        label="提醒内容",
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="经营户在自己的首页看到，可以改成更容易懂的话。",
        error_messages={"required": "请写提醒内容。"},
    )


class SuspicionFilter(CountyFilter):
    """The filters of the months that look made up."""

    month = MonthField(label="月份", required=False, widget=forms.Select)
    state = forms.ChoiceField(label="结论", choices=[ANY, *Suspicion.State.choices], required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = recent_months(today, MONTHS_OFFERED)
        self.fields["month"].widget.choices = [ANY, *months]


class DecisionForm(TidyForm):
    """What was found out on the spot."""

    reason = forms.CharField(
        label="核查经过和理由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“11月6日到店核对进货票据，10月只有4张，其余为店员编的”。",
        error_messages={"required": "请写明怎么核查的、依据什么，它会留在审计记录里。"},
    )
