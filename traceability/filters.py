"""Filters of the operator's lists, as they stand in the address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from shilian import clock
from shilian.web.forms import FilterForm
from traceability.queries import balance, ledger, stock_book

# The calendar ends with the year 9999: the month after its last one cannot be counted.
FIRST_YEAR, LAST_YEAR = 2000, 2999
# A paper that ends within these days is to be renewed.
SOON_DAYS = 30


class SearchFilter(FilterForm):
    q = forms.CharField(
        label="找什么",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "名称或拼音首字母"}),
    )

    @property
    def text(self) -> str:
        return str(self.chosen().get("q", ""))


class IncomingFilter(SearchFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = "商品或卖方"


class MonthField(forms.CharField):
    """A month as ``2026-05``; the first day of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "month"}), **kwargs)

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            month = date.fromisoformat(f"{text[:7].replace('/', '-')}-01")
            if not FIRST_YEAR <= month.year <= LAST_YEAR:
                raise ValueError(month)
        except ValueError:
            raise forms.ValidationError("月份没看懂，请写成 2026-05 这样。", "invalid") from None
        return month


class LedgerFilter(SearchFilter):
    """``complete`` no: only records that lack something; former: also those put right since."""

    month = MonthField(label="月份", required=False)
    complete = forms.ChoiceField(
        label="哪些记录",
        required=False,
        choices=[
            ("", "全部"),
            ("no", "还缺内容的"),
            ("yes", "要素齐全的"),
            ("former", "含已更正和作废的"),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = "品名、批号或单位名称"

    def asked(self) -> ledger.LedgerFilter:
        """What the ledger is asked for."""
        chosen = self.chosen()
        return ledger.LedgerFilter(
            month=chosen.get("month"),
            search=self.text,
            is_complete={"yes": True, "no": False}.get(chosen.get("complete", "")),
            with_former=chosen.get("complete") == "former",
        )


class StockFilter(SearchFilter):
    """Which batches of the stock; without a state those of which the books say anything is left."""

    state = forms.ChoiceField(
        label="哪些批次",
        required=False,
        choices=[
            ("", "有货的和负库存"),
            ("near", "临期"),
            ("expired", "已过期"),
            ("negative", "负库存"),
            ("all", "全部，含已清空的"),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = "品名、拼音首字母、批号或追溯码"

    def asked(self) -> stock_book.StockFilter:
        """What the stock is asked for."""
        return stock_book.StockFilter(self.text, self.chosen().get("state", ""))


class BalanceFilter(FilterForm):
    """The period of a balance, by default the running month; and which of its three lists."""

    flagged = forms.ChoiceField(
        label="哪些", required=False, choices=[("", "全部"), ("yes", "只看要核对的")]
    )
    since = forms.DateField(
        label="从", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="到", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    kind = forms.ChoiceField(
        required=False, choices=list(balance.KINDS.items()), widget=forms.HiddenInput
    )
    product = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )

    def asked(self, today: date) -> balance.Asked:
        """The period is never empty: days the wrong way round are turned."""
        chosen = self.chosen()
        until = chosen.get("until") or today
        since = chosen.get("since") or clock.month_of(min(until, today))
        return balance.Asked(
            since=min(since, until),
            until=max(since, until),
            kind=chosen.get("kind") or "product",
            is_flagged=chosen.get("flagged") == "yes",
            product_id=chosen.get("product"),
        )


class PartnerFilter(SearchFilter):
    role = forms.ChoiceField(
        label="往来",
        required=False,
        choices=[("", "全部"), ("supplier", "供货商"), ("buyer", "买方")],
    )

    @property
    def chosen_role(self) -> str:
        return str(self.chosen().get("role", ""))


class PaperFilter(SearchFilter):
    state = forms.ChoiceField(
        label="有效期",
        required=False,
        choices=[("", "全部"), ("expiring", "快到期和已过期"), ("expired", "已过期")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = "编号或供货商"

    def until(self, today: date) -> date | None:
        """The last day of validity that is asked for; None for every paper."""
        return {
            "expiring": today + timedelta(days=SOON_DAYS),
            "expired": today - timedelta(days=1),
        }.get(str(self.chosen().get("state", "")))
