"""The forms that put records right: every field as it should have been, and the reason."""

from __future__ import annotations

from django import forms

from traceability.forms import (
    PAPER_KINDS,
    ChosenIds,
    DayField,
    PhotosField,
    QuantityField,
    ReasonForm,
    TextField,
)
from traceability.models import EvidenceDocument, FactoryInspection


class CorrectRecordForm(ReasonForm):
    """The record as it should have been, with its papers; the old one stays readable."""

    voucher_number = TextField("票据号", 60, required=False)
    evidence_ids = ChosenIds(label="凭证", required=False)
    photos = PhotosField(label="补拍凭证", required=False)
    photo_kind = forms.ChoiceField(
        label="拍的是什么",
        choices=PAPER_KINDS,
        required=False,
        initial=EvidenceDocument.Kind.VOUCHER,
    )

    def clean_photo_kind(self) -> str:
        """Without a photo nobody says what it shows."""
        return str(self.cleaned_data["photo_kind"] or self.fields["photo_kind"].initial)


class CorrectPurchaseForm(CorrectRecordForm):
    quantity = QuantityField()
    unit = TextField("单位", 8)
    purchased_on = DayField(label="进货日期")
    produced_on = DayField(label="生产日期", required=False)
    batch_number = TextField("生产批号", 60, required=False)
    origin_place = TextField("产地", 60, required=False)

    field_order = ["quantity", "unit", "purchased_on", "produced_on", "batch_number"]


class CorrectSaleForm(CorrectRecordForm):
    quantity = QuantityField()
    sold_on = DayField(label="销售日期")
    certificate_number = TextField("检验合格证号", 60, required=False)
    override_reason = TextField("先卖后检的原因", 200, required=False)

    field_order = ["quantity", "sold_on", "certificate_number"]


class CorrectInspectionForm(CorrectRecordForm):
    result = forms.ChoiceField(
        label="检验结果", choices=FactoryInspection.Result.choices, widget=forms.RadioSelect
    )
    certificate_number = TextField("检验合格证号", 60, required=False, help_text="合格的批次必填")
    inspected_on = DayField(label="检验日期")
    items = TextField("检验项目", 200, required=False)
    inspector = TextField("检验员", 40, required=False)
    photo_kind = forms.ChoiceField(
        label="拍的是什么",
        choices=PAPER_KINDS,
        required=False,
        initial=EvidenceDocument.Kind.PRODUCT_CERTIFICATE,
    )

    field_order = ["result", "certificate_number", "inspected_on", "items", "inspector"]


class CorrectProductionForm(ReasonForm):
    """What a made batch should have said."""

    quantity = QuantityField()
    produced_on = DayField(label="生产日期")
    batch_number = TextField("生产批号", 60, required=False)
    production_line = TextField("生产线", 40, required=False)

    field_order = ["quantity", "produced_on", "batch_number", "production_line"]


class CorrectHarvestForm(ReasonForm):
    """What a grown batch should have said."""

    quantity = QuantityField()
    harvested_on = DayField(label="采收（出栏）日期")
    origin_place = TextField("产地", 60, required=False)
    batch_number = TextField("生产批号", 60, required=False)

    field_order = ["quantity", "harvested_on", "origin_place", "batch_number"]
