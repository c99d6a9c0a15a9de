"""The operator's forms: what is typed on a page becomes a draft of the rules, and back."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from django import forms

from shilian.web.forms import RecordForm, TidyForm
from traceability.filters import MonthField
from traceability.models import EvidenceDocument, FactoryInspection, ShelfLifeUnit

DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]
NEW = "new"
LARGEST_ID = 2**63 - 1
PAPER_KINDS = list(EvidenceDocument.Kind.choices)
PHOTO_TYPES = "image/jpeg,image/png,image/webp,application/pdf"


def read_id(text: str) -> int | None:
    """The id that the text is; None for anything else, and for what no id can be."""
    if not text.isdecimal() or len(text) > 19:
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


class QuantityField(forms.DecimalField):
    """A quantity as people type it: thousands separators are dropped, the rules judge the rest."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "数量")
        kwargs["widget"] = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**kwargs)
        self.error_messages |= {
            "required": "请填写数量，例如 25 或 12.5。",
            "invalid": "数量请只填数字，例如 25 或 12.5。",
        }

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(str(value or "").replace(",", "").replace("，", ""))


class DayField(forms.DateField):
    """A date picked or typed in any of the usual ways of writing it."""

    def __init__(self, **kwargs: Any) -> None:
        missing = f"请选择{kwargs.get('label', '日期')}。"
        kwargs["widget"] = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(input_formats=DAY_FORMATS, **kwargs)
        self.error_messages |= {
            "required": missing,
            "invalid": "日期没看懂，请写成 2026-05-03 这样。",
        }


class TextField(forms.CharField):
    """A line of text with a Chinese word for every fault."""

    def __init__(self, label: str, most: int, **kwargs: Any) -> None:
        # The length is said in words below: the attribute would cut off silently what is pasted.
        said = {"required": f"请填写{label}。"} | kwargs.pop("error_messages", {})
        super().__init__(label=label, error_messages=said, **kwargs)
        self.most = most

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value or "") > self.most:
            raise forms.ValidationError(f"{self.label}最多 {self.most} 个字，请缩短。", "too_long")


class PhotoInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Any number of files; what they really are is judged where they are stored."""

    def __init__(self, **kwargs: Any) -> None:
        widget = PhotoInput(attrs={"accept": PHOTO_TYPES, "multiple": True})
        super().__init__(widget=widget, allow_empty_file=True, **kwargs)
        self.error_messages["required"] = "请拍一张照片，或选择一个文件。"

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] * bool(data)
        if not files:
            super().clean(None, initial)
        return [super(PhotosField, self).clean(file, initial) for file in files]


class ChosenIds(forms.Field):
    """Ids ticked on the page; whose they are is judged by the operation."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> tuple[int, ...]:
        found = (read_id(str(text)) for text in value or ())
        return tuple(id_ for id_ in found if id_ is not None)


class ConfirmedForm(RecordForm):
    """A form that comes back once when there are warnings, and is pressed again knowingly."""

    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def has_confirmed(self, warnings: list[str]) -> bool:
        return bool(self.cleaned_data.get("confirmed") == fingerprint(warnings))


def fingerprint(warnings: list[str]) -> str:
    """A short name of a set of warnings: new ones are asked about again."""
    return hashlib.sha256("\n".join(sorted(warnings)).encode()).hexdigest()[:16]


class LineForm(TidyForm):
    """One line among several; what was typed in another shape than it is stored is kept."""

    def typed_otherwise(self) -> dict[str, str] | None:
        """The raw text of every field that tidying changed; None when none did."""
        raw = {name: self.raw_text(name) for name in self.fields}
        changed = {
            name: text
            for name, text in raw.items()
            if text and text != str(self.data.get(self.add_prefix(name)) or "")
        }
        return changed or None


class RecordHead(ConfirmedForm):
    """What all lines of one page share: the day, the voucher, the papers, and the say-so."""

    voucher_number = TextField(
        "票据号", 60, required=False, help_text="票据号和照片有一样，凭证就算齐全"
    )
    evidence_ids = ChosenIds(label="已有的凭证", required=False)
    photos = PhotosField(label="拍照或选文件", required=False)
    photo_kind = forms.ChoiceField(
        label="拍的是什么", choices=PAPER_KINDS, initial=EvidenceDocument.Kind.VOUCHER
    )


class PurchaseHead(RecordHead):
    supplier_id = forms.CharField(
        label="供货商", error_messages={"required": "请点一下从谁那儿进的货，没有就新增一个。"}
    )
    purchased_on = DayField(label="进货日期")

    field_order = ["supplier_id", "purchased_on", "voucher_number"]


class SaleHead(RecordHead):
    buyer_id = forms.CharField(
        label="买方", error_messages={"required": "请点一下卖给了谁，没有就新增一个。"}
    )
    sold_on = DayField(label="销售日期")
    certificate_number = TextField("检验合格证号", 60, required=False)
    override_reason = TextField("先卖后检的原因", 200, required=False)
    photo_kind = forms.ChoiceField(
        label="拍的是什么", choices=PAPER_KINDS, initial=EvidenceDocument.Kind.OTHER
    )


class PurchaseLine(LineForm):
    product_id = forms.IntegerField(widget=forms.HiddenInput)
    quantity = QuantityField()
    unit = TextField("单位", 8, error_messages={"required": "请填写单位，例如 斤、箱。"})
    produced_on = DayField(label="生产日期", required=False)
    batch_number = TextField("生产批号", 60, required=False)
    same_batch = forms.BooleanField(label="还是上次那一批", required=False)
    origin_place = TextField("产地", 60, required=False)


class SaleLine(LineForm):
    """How much of one batch goes; a batch without a quantity beside it is not sold."""

    batch_id = forms.IntegerField(widget=forms.HiddenInput)
    quantity = QuantityField()
    unit = forms.CharField(widget=forms.HiddenInput)


class PartnerForm(RecordForm):
    """A supplier or buyer; only the name must be there, the law's other fields are asked for."""

    name = TextField("名称", 120, help_text="营业执照上的名称；没有执照的写姓名")
    contact_phone = TextField(
        "联系电话", 20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    address = TextField("地址", 200, required=False)
    credit_code = TextField(
        "统一社会信用代码",
        18,
        required=False,
        help_text="填了它，对方也用食链时，双方的记录会自动对上",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    contact_name = TextField("联系人", 40, required=False)
    licence_number = TextField("许可证编号", 60, required=False)
    licence_valid_until = DayField(label="许可证有效期至", required=False)
    is_supplier = forms.BooleanField(label="我从他那儿进货", required=False)
    is_buyer = forms.BooleanField(label="我卖给他", required=False)
    is_outside_province = forms.BooleanField(label="在省外", required=False)


class ProductForm(RecordForm):
    name = TextField("品名", 80, help_text="照包装上的写；散装的写平时的叫法")
    specification = TextField("规格", 60, required=False, help_text="例如 5L/桶、500克/袋、散装")
    unit = TextField(
        "单位",
        8,
        help_text="按什么算，例如 斤、箱",
        widget=forms.TextInput(attrs={"list": "units"}),
    )
    category = forms.ChoiceField(
        label="类别", choices=(), required=False, help_text="选对类别，系统才知道该问什么"
    )
    shelf_life_value = forms.IntegerField(
        label="保质期",
        required=False,
        help_text="包装上没标就空着；食醋、食盐、食糖、味精和10度以上的酒，选对类别就不会再问",
        min_value=1,
        max_value=36_500,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "保质期请只填数字，单位在旁边选。",
            "min_value": "保质期要大于 0；没有标就空着。",
            "max_value": "保质期太长，请核对数字和单位。",
        },
    )
    shelf_life_unit = forms.ChoiceField(
        label="保质期单位", choices=ShelfLifeUnit.choices, required=False, initial=ShelfLifeUnit.DAY
    )
    storage = TextField("贮存条件", 40, required=False, help_text="例如 冷藏 0–4℃")
    gtin = TextField(
        "商品条码",
        14,
        required=False,
        help_text="条码下面的一串数字",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    origin = TextField("产地", 60, required=False)
    maker_name = TextField("生产者", 120, required=False)
    maker_address = TextField("生产者地址", 200, required=False)
    maker_credit_code = TextField("生产者信用代码", 18, required=False)
    is_imported = forms.BooleanField(label="进口食品", required=False)
    is_own_made = forms.BooleanField(label="自己生产的", required=False)

    def __init__(self, *args: Any, categories: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = [("", "请选择"), *categories]  # type: ignore[attr-defined]


class PaperForm(RecordForm):
    """A paper photographed once and used until it expires."""

    photos = PhotosField(label="拍照或选文件")
    kind = forms.ChoiceField(label="这是什么", choices=PAPER_KINDS)
    partner_id = forms.TypedChoiceField(
        label="哪个供货商的", coerce=int, empty_value=None, required=False
    )
    number = TextField("编号", 60, required=False)
    issued_on = DayField(label="开具日期", required=False)
    valid_until = DayField(
        label="有效期至", required=False, help_text="到期前会提醒您；长期有效就空着"
    )

    def __init__(self, *args: Any, partners: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner_id"].choices = [("", "不属于某一家"), *partners]  # type: ignore[attr-defined]


class ReasonForm(ConfirmedForm):
    """Why a record is voided, goods are refused or a sale is taken back."""

    reason = TextField(
        "原因", 200, error_messages={"required": "请写明原因，一句话就行，例如“数量记错了”。"}
    )


class ShortForm(ReasonForm):
    """Fewer goods came than were sold."""

    quantity = QuantityField(label="实际收到")
    reason = TextField("少了的原因", 200, error_messages={"required": "请写明少了的原因。"})

    field_order = ["quantity", "reason"]


class InspectionForm(RecordForm):
    batch_id = forms.IntegerField(
        label="哪一批",
        max_value=LARGEST_ID,
        error_messages={
            "required": "请选一批要检验的产品。",
            "invalid": "请重新选择。",
            "max_value": "请重新选择。",
        },
    )
    inspected_on = DayField(label="检验日期")
    result = forms.ChoiceField(
        label="检验结果",
        choices=FactoryInspection.Result.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选“合格”或“不合格”。"},
    )
    certificate_number = TextField("检验合格证号", 60, required=False, help_text="合格的批次必填")
    items = TextField("检验项目", 200, required=False, help_text="例如 感官、净含量、菌落总数")
    inspector = TextField("检验员", 40, required=False)
    photos = PhotosField(label="检验报告照片", required=False)


class OutputForm(ConfirmedForm):
    """What was made or harvested."""

    product_id = forms.TypedChoiceField(
        label="做成了什么", coerce=int, error_messages={"required": "请选一个商品。"}
    )
    quantity = QuantityField(help_text="按商品自己的单位填")
    batch_number = TextField("生产批号", 60, required=False, help_text="不填时，用生产日期区分批次")

    def __init__(self, *args: Any, products: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product_id"].choices = [("", "请选择"), *products]  # type: ignore[attr-defined]


class ProductionForm(OutputForm):
    produced_on = DayField(label="生产日期")
    production_line = TextField(
        "生产线", 40, required=False, help_text="例如 一号线；没有分生产线就空着"
    )

    field_order = ["product_id", "quantity", "produced_on", "batch_number"]


class HarvestForm(OutputForm):
    harvested_on = DayField(label="采收（出栏）日期")
    origin_place = TextField("产地", 60, required=False, help_text="哪个地块、哪个棚")

    field_order = ["product_id", "quantity", "harvested_on", "origin_place", "batch_number"]


class ProductionInputForm(TidyForm):
    """How much of one batch on hand went in; an empty quantity means that it was not used."""

    batch_id = forms.IntegerField(widget=forms.HiddenInput)
    quantity = QuantityField(label="用了多少")


class ImportForm(RecordForm):
    sheet = forms.FileField(
        label="台账表格",
        help_text="支持 .xlsx 和 .csv；第一行或前几行写列名，例如 日期、品名、数量、供货单位",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={
            "required": "请选择要导入的表格。",
            "empty": "这个文件是空的，请重新选择。",
        },
    )
    month = MonthField(
        label="这是哪个月的台账",
        help_text="表里只写“4月1日”时，用它补上年份",
        error_messages={"required": "请选择月份。"},
    )
