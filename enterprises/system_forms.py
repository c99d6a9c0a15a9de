"""Forms and filters of the register of systems."""

from __future__ import annotations

from typing import Any

from django import forms

from enterprises.forms import DAY_FORMATS, ChoiceField, TextField
from enterprises.models import Docking, RecordKind, Sector, SelfBuiltSystem, SystemKind, Webhook
from enterprises.rules import webhooks
from enterprises.rules.systems import CONTACT_FIELDS, SystemDraft
from shilian.web.forms import FilterForm, TidyForm

ANY = ("", "全部")
WEEKDAYS = [(str(bit), f"周{name}") for bit, name in enumerate("一二三四五六日")]
SHOWN = [ANY, ("mine", "等我审核"), ("silent", "上传中断")]


class SystemForm(TidyForm):
    """What an operator says of a system of its own; ``draft()`` is what the operation takes."""

    # Asked for by the rules, so that all that is missing is told at once.
    name = TextField(
        "系统名称",
        80,
        required=False,
        help_text="企业里怎么叫就怎么写，例如：中心库进销存系统",
    )
    kind = ChoiceField(
        "类别",
        choices=SystemKind.choices,
        initial=SystemKind.OWN,
        help_text="菜场、一网通、山餐安由运营单位申报，可以代名下经营户上传",
    )
    vendor = TextField("开发单位", 80, required=False)
    sector = ChoiceField("所属环节", choices=Sector.choices, help_text="省局由这个环节的业务处审核")
    docking = ChoiceField("对接方式", choices=Docking.choices, widget=forms.RadioSelect)
    record_kinds = forms.MultipleChoiceField(
        label="会上传哪些记录",
        choices=RecordKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="可以选几种",
    )
    due_weekdays = forms.MultipleChoiceField(
        label="每周哪几天应上传",
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=[bit for bit, _ in WEEKDAYS],
        help_text="通过后按这些天考核上传率，店休日不用勾",
    )
    contact_name = TextField("联系人", 40, required=False)
    contact_phone = TextField(
        "联系人手机号", 30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    planned_since = forms.DateField(
        label="计划启用日期",
        required=False,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="不填，通过后次日启用",
    )

    def draft(self) -> SystemDraft:
        said = self.cleaned_data
        return SystemDraft(
            name=said["name"],
            kind=said.get("kind") or SystemKind.OWN,
            vendor=said["vendor"],
            sector=said["sector"],
            docking=said["docking"],
            record_kinds=tuple(said["record_kinds"]),
            due_weekdays=sum(1 << int(bit) for bit in said["due_weekdays"]),
            contact_name=said["contact_name"],
            contact_phone=said["contact_phone"],
            planned_since=said.get("planned_since"),
        )


class SystemChangeForm(SystemForm):
    """The same without what stays as it was registered."""

    def __init__(self, *args: Any, system: SelfBuiltSystem, **kwargs: Any) -> None:
        super().__init__(*args, initial=said_of(system), **kwargs)
        del self.fields["kind"], self.fields["planned_since"]


def said_of(system: SelfBuiltSystem) -> dict[str, Any]:
    """What a form says that describes the system as it is registered."""
    names = ("name", "kind", "sector", "docking", "record_kinds", *CONTACT_FIELDS)
    bits = [bit for bit, _ in WEEKDAYS if system.due_weekdays >> int(bit) & 1]
    return {name: getattr(system, name) for name in names} | {"due_weekdays": bits}


class WebhookForm(TidyForm):
    """Where a system wants to be called, and what about."""

    url = TextField(
        "接收推送的地址",
        webhooks.LONGEST,
        widget=forms.URLInput(
            attrs={"placeholder": "https://erp.example.com/shilian", "autocomplete": "off"}
        ),
        help_text="https 开头的公网域名，端口 443 或 8443",
    )
    events = forms.MultipleChoiceField(
        label="推送哪些事",
        choices=[(code, Webhook.Event(code).label) for code in webhooks.EVENTS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=list(webhooks.EVENTS),
    )


class SystemFilter(FilterForm):
    show = forms.ChoiceField(label="只看", required=False, choices=SHOWN)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[ANY, *SelfBuiltSystem.State.choices]
    )
    sector = forms.ChoiceField(label="环节", required=False, choices=[ANY, *Sector.choices])
    kind = forms.ChoiceField(label="类别", required=False, choices=[ANY, *SystemKind.choices])
    docking = forms.ChoiceField(label="对接方式", required=False, choices=[ANY, *Docking.choices])
    search = forms.CharField(label="系统、主体或信用代码", required=False, max_length=60)


class SystemDecisionForm(TidyForm):
    note = TextField(
        "意见",
        200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="退回时必填，申报的经营户会看到",
    )


class ReasonForm(TidyForm):
    note = TextField("原因", 200, required=False)


class ClaimForm(TidyForm):
    credit_codes = forms.CharField(
        label="经营户的统一社会信用代码",
        required=False,
        max_length=12_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一个，一次最多500家；每家要在自己的“自建系统和渠道”里点同意",
    )

    def codes(self) -> list[str]:
        return [line for line in self.cleaned_data["credit_codes"].split("\n") if line.strip()]
