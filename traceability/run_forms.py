"""Forms of runs, boxes, losses, destruction and returns."""

from __future__ import annotations

from typing import Any

from django import forms

from traceability.filters import SearchFilter
from traceability.forms import (
    ConfirmedForm,
    DayField,
    LineForm,
    PhotosField,
    QuantityField,
    ReasonForm,
    TextField,
)
from traceability.models import Package, StockMovement

KIND_HELP = "损耗：破损、受潮、短少；销毁：过期、变质、召回的货；退货：退给当初的供货商"


class RunForm(ConfirmedForm):
    """What all inputs and outputs of one run share."""

    done_on = DayField(label="日期")
    production_line = TextField(
        "生产线", 40, required=False, help_text="例如 一号线；没有分生产线就空着"
    )

    field_order = ["done_on", "production_line"]


class MergeForm(RunForm):
    batch_number = TextField(
        "合并后的批号", 60, required=False, help_text="不填时，各批批号相同的沿用原批号"
    )


class BoxForm(ConfirmedForm):
    """One box or pallet."""

    pack = forms.ChoiceField(
        label="装成",
        choices=Package.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选“箱”或“托盘”。"},
    )
    done_on = DayField(label="装箱日期")
    sscc = TextField(
        "箱码（SSCC）",
        40,
        required=False,
        help_text="箱子上印好的 18 位数字，可以扫描；没有就空着，用追溯码认箱",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    company_prefix = TextField(
        "厂商识别代码",
        10,
        required=False,
        help_text="有商品条码的单位可填：系统接着往下编箱码。没有就空着",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    product_id = forms.TypedChoiceField(
        label="这一箱叫什么商品",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="箱里只有一种商品时不用选；几种装在一起（例如礼盒）时要选",
    )
    batch_number = TextField("箱的批号", 60, required=False)

    def __init__(self, *args: Any, products: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product_id"].choices = [("", "和箱里的一样"), *products]  # type: ignore[attr-defined]


class PartLine(LineForm):
    """One part of a split."""

    quantity = QuantityField(label="多少")
    batch_number = TextField("新批号", 60, required=False)


class OutputLine(LineForm):
    """One thing that came out."""

    product_id = forms.TypedChoiceField(
        label="做成了什么", coerce=int, error_messages={"required": "请选一个商品。"}
    )
    quantity = QuantityField(label="多少")
    batch_number = TextField("生产批号", 60, required=False)

    def __init__(self, *args: Any, products: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product_id"].choices = [("", "请选择"), *products]  # type: ignore[attr-defined]


class MovementForm(ConfirmedForm):
    kind = forms.ChoiceField(
        label="种类",
        choices=StockMovement.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选“损耗”“销毁”或“退货”。"},
        help_text=KIND_HELP,
    )
    moved_on = DayField(label="日期")
    cause = TextField("原因", 200, help_text="例如 搬运时破损、过期下架、包装胀气")
    voucher_number = TextField("凭证号", 60, required=False, help_text="退货单、销毁单的编号")
    photos = PhotosField(label="照片（选填）", required=False)


class TakeBackForm(ReasonForm):
    """How much of a return really came back."""

    quantity = QuantityField(label="实际收回")
    reason = TextField("少收的原因", 200, required=False, help_text="全部收回时不用填")

    field_order = ["quantity", "reason"]


class MovementFilter(SearchFilter):
    kind = forms.ChoiceField(
        label="种类", required=False, choices=[("", "全部"), *StockMovement.Kind.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = "品名或原因"

    @property
    def chosen_kind(self) -> str:
        return str(self.chosen().get("kind", ""))


class BoxFilter(SearchFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = "箱码（SSCC）、追溯码或品名"
