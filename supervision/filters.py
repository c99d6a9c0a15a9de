"""What an officer may narrow a page to, read from the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms

from enterprises.models import Division, OperatorKind, OperatorState, Sector, Standing, Station
from shilian import clock
from shilian.web.formats import month_cn
from shilian.web.forms import FilterForm
from supervision.metrics import FOUR
from supervision.queries.operator_records import KINDS
from supervision.queries.operators import BANDS, FIGURES, Criteria, quick_criteria
from supervision.rules.evaluation import PERIODS
from traceability.queries.ledger import Kind, LedgerFilter

MONTHS_BACK = 24
FIRST_YEAR, LAST_YEAR = 2000, 2999
ANY = ("", "全部")


class MonthField(forms.Field):
    """``2026-05`` as the first day of that month."""

    default_error_messages = {"invalid": "请选择月份。"}

    def to_python(self, value: object) -> date | None:
        text = str(value or "")
        if not text:
            return None
        try:
            month = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        # The calendar ends with the year 9999: the month after its last one cannot be counted.
        if not FIRST_YEAR <= month.year <= LAST_YEAR:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return month


def recent_months(today: date, count: int = MONTHS_BACK) -> list[tuple[str, str]]:
    """The running month and those before it, newest first, as choices."""
    month, choices = clock.month_of(today), []
    for _ in range(count):
        choices.append((f"{month:%Y-%m}", month_cn(month)))
        month = clock.previous_month(month)
    return choices


def coming_months(today: date, count: int = 12) -> list[tuple[str, str]]:
    """The running month and those after it, as choices."""
    month, choices = clock.month_of(today), []
    for _ in range(count):
        choices.append((f"{month:%Y-%m}", month_cn(month)))
        month = clock.next_month(month)
    return choices


class PlaceForm(FilterForm):
    """Which division, month and link; ``by`` is the indicator that orders and colours."""

    division = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    by = forms.ChoiceField(
        choices=[(each.code, each.name) for each in FOUR], required=False, widget=forms.HiddenInput
    )
    month = MonthField(label="月份", required=False, widget=forms.Select)
    sector = forms.ChoiceField(label="环节", choices=[ANY, *Sector.choices], required=False)

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].widget.choices = recent_months(today) if today else []

    def clean_month(self) -> date | None:
        month: date | None = self.cleaned_data["month"]
        if month and not date(2020, 1, 1) <= month <= clock.month_of(clock.today()):
            raise forms.ValidationError("没有这个月的数据。", code="no_such_month")
        return month


class ChannelForm(PlaceForm):
    """Which division and month of the records by channel."""

    sector = None  # type: ignore[assignment]
    by = None  # type: ignore[assignment]


class EvaluationForm(FilterForm):
    """Which period, and whether the cities or one city's counties are ranked."""

    kind = forms.ChoiceField(label="考核期", choices=list(PERIODS.items()), required=False)
    month = MonthField(label="截至月份", required=False, widget=forms.Select)
    city = forms.CharField(label="范围", max_length=12, required=False, widget=forms.Select)

    def __init__(
        self, *args: Any, today: date | None = None, cities: Iterable[Division] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].widget.choices = recent_months(today) if today else []
        counties = [(each.code, f"{each.name}各县（市、区）") for each in cities]
        self.fields["city"].widget.choices = [("", "全省各市"), *counties]

    def clean_month(self) -> date | None:
        month: date | None = self.cleaned_data["month"]
        if month and not date(2020, 1, 1) <= month <= clock.month_of(clock.today()):
            raise forms.ValidationError("没有这个月的数据。", code="no_such_month")
        return month


QUICK_LISTS = (
    ("", "全部主体"),
    ("unregistered", "未注册"),
    ("inactive", "不活跃"),
    ("silent", "30 天没有记录"),
    ("broken", "断链"),
    ("licences", "证照到期"),
)


class OperatorFilter(FilterForm):
    """The filters of the operators' list; ``quick`` picks one of the quick lists."""

    search = forms.CharField(
        label="搜索",
        max_length=60,
        required=False,
        widget=forms.TextInput(
            attrs={"placeholder": "名称、拼音首字母或信用代码", "type": "search"}
        ),
    )
    state = forms.ChoiceField(
        label="上链状态", choices=[ANY, *OperatorState.choices], required=False
    )
    silent = forms.TypedChoiceField(
        label="多久没有记录",
        choices=[("", "不限"), *((days, f"{days} 天以上") for days in BANDS)],
        coerce=int,
        empty_value=None,
        required=False,
    )
    sector = forms.ChoiceField(label="环节", choices=[ANY, *Sector.choices], required=False)
    kind = forms.ChoiceField(label="主体类型", choices=[ANY, *OperatorKind.choices], required=False)
    township = forms.TypedChoiceField(
        label="乡镇（街道）", coerce=int, empty_value=None, required=False
    )
    station = forms.TypedChoiceField(label="监管所", coerce=int, empty_value=None, required=False)
    standing = forms.ChoiceField(label="经营状态", choices=[ANY, *Standing.choices], required=False)
    ten = forms.ChoiceField(
        label="“10+3”", choices=[ANY, ("yes", "是"), ("no", "不是")], required=False
    )
    licences = forms.ChoiceField(
        label="许可证",
        choices=[("", "不限"), ("lapsed", "已过期"), ("expiring", "30 天内到期")],
        required=False,
    )
    division = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    quick = forms.ChoiceField(choices=QUICK_LISTS, required=False, widget=forms.HiddenInput)
    figure = forms.ChoiceField(
        choices=[("", ""), *((name, name) for name in FIGURES)],
        required=False,
        widget=forms.HiddenInput,
    )
    month = MonthField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        townships: Iterable[Division] = (),
        stations: Iterable[Station] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("township", [(each.pk, each.name) for each in townships])
        self._offer("station", [(each.pk, each.name) for each in stations])

    def _offer(self, name: str, choices: list[tuple[int, str]]) -> None:
        """Let the field choose among these; a choice of one or none is not worth asking."""
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [ANY, *choices]
        if not choices:
            field.widget = forms.HiddenInput()

    @property
    def has_rare(self) -> bool:
        """Whether one of the folded filters is in use."""
        return bool(self.chosen().keys() & {"kind", "station", "standing", "ten", "licences"})

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen().keys() - {"division"})

    def criteria(self, division: Division, today: date) -> Criteria:
        """What the query is asked for."""
        chosen = self.chosen()
        quick = quick_criteria(chosen.get("quick", ""), today=today)
        figure, month = self.asked_figure(today)
        return replace(
            quick,
            division=division,
            search=chosen.get("search", ""),
            state=quick.state or chosen.get("state", ""),
            standing=quick.standing or chosen.get("standing", ""),
            sector=chosen.get("sector", ""),
            kind=chosen.get("kind", ""),
            township_id=chosen.get("township"),
            station_id=chosen.get("station"),
            ten_plus_three=chosen.get("ten", ""),
            silent_days=chosen.get("silent") or quick.silent_days,
            licences=chosen.get("licences") or quick.licences,
            figure=figure,
            month=month,
        )

    def asked_figure(self, today: date) -> tuple[str, date | None]:
        """The side of an indicator that is asked for, by its own name or as a quick list."""
        chosen = self.chosen()
        quick = quick_criteria(chosen.get("quick", ""), today=today)
        return chosen.get("figure") or quick.figure, chosen.get("month") or quick.month


class RecordFilter(FilterForm):
    """Which of an operator's records an officer looks at."""

    search = forms.CharField(
        label="搜索",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "品名、批号、往来单位", "type": "search"}),
    )
    month = MonthField(label="月份", required=False, widget=forms.Select)
    complete = forms.ChoiceField(
        label="法定要素",
        choices=[ANY, ("no", "有缺项"), ("yes", "齐全")],
        required=False,
    )
    kind = forms.ChoiceField(choices=list(KINDS.items()), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].widget.choices = [ANY, *recent_months(today)]

    @property
    def chosen_kind(self) -> Kind:
        kind: Kind = self.chosen().get("kind") or "purchase"
        return kind

    def asked(self) -> LedgerFilter:
        """What the ledger is asked for; corrected and voided records are shown as such."""
        chosen = self.chosen()
        complete = chosen.get("complete")
        return LedgerFilter(
            month=chosen.get("month"),
            search=chosen.get("search", ""),
            is_complete=None if complete is None else complete == "yes",
            with_former=True,
        )
