"""The forms of a GLN and of a subscription."""

from __future__ import annotations

from typing import Any

from django import forms

from shilian.web.forms import TidyForm

# What is subscribed to, in words, with the business steps of the standard; none for all events.
WANTED = {
    "all": ("全部事件", ()),
    "receiving": ("收货", ("receiving", "accepting")),
    "shipping": ("发货", ("shipping",)),
    "making": ("投产、采收、加工", ("commissioning", "creating_class_instance")),
    "packing": ("装箱、分装", ("packing", "repackaging")),
}


class GlnForm(TidyForm):
    gln = forms.CharField(
        label="全球位置码（GLN）",
        max_length=20,
        help_text="13位数字，中国物品编码中心发给企业、仓库、门店的编码。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class SubscriptionForm(TidyForm):
    """``query`` and ``said`` are what the interface would be told for the same."""

    name = forms.CharField(
        label="名称",
        max_length=80,
        help_text="用来认出这个订阅，可用汉字、字母、数字、点和横线，例如“到货-总仓”。",
        error_messages={"required": "请填写名称。"},
    )
    wanted = forms.ChoiceField(
        label="订阅哪些事件",
        widget=forms.RadioSelect,
        initial="all",
        choices=[(code, label) for code, (label, _) in WANTED.items()],
        error_messages={"required": "请选择订阅哪些事件。"},
    )
    dest = forms.CharField(
        label="送到哪个网址",
        max_length=500,
        help_text="以 https:// 开头的公网地址，例如 https://erp.example.com/epcis。有新事件就送。",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填写送到哪个网址。"},
    )
    signature_token = forms.CharField(
        label="签名口令",
        max_length=200,
        required=False,
        help_text="填了的，送出时带签名，接收方用同一口令核对是本平台送的。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    @property
    def query(self) -> dict[str, Any]:
        steps = WANTED[self.cleaned_data["wanted"]][1]
        return {"EQ_bizStep": list(steps)} if steps else {}

    @property
    def said(self) -> dict[str, Any]:
        told = {"dest": self.cleaned_data["dest"], "stream": True}
        token = self.cleaned_data["signature_token"]
        return told | ({"signatureToken": token} if token else {})
