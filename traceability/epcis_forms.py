"""The form of a GLN."""

from __future__ import annotations

from django import forms

from shilian.web.forms import TidyForm


class GlnForm(TidyForm):
    gln = forms.CharField(
        label="全球位置码（GLN）",
        max_length=20,
        help_text="13位数字，中国物品编码中心发给企业、仓库、门店的编码。",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
