"""Filters of the lists of this app, read from the address."""

from __future__ import annotations

from django import forms

from enterprises.models import Invitation, RegistrationApplication
from enterprises.queries.audit_events import EVENTS
from enterprises.roles import PERSON_ROLES
from shilian.web.forms import FilterForm


def _search(label: str) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=60)


class ApplicationFilter(FilterForm):
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), *RegistrationApplication.State.choices],
    )
    search = _search("名称或信用代码")


class InvitationFilter(FilterForm):
    search = _search("姓名或登录名")
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *Invitation.State.choices]
    )
    # The division whose places the form offers; kept while the list is narrowed.
    division = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen().keys() - {"division"})


class AccountFilter(FilterForm):
    search = _search("登录名或姓名")
    role = forms.ChoiceField(label="岗位", required=False, choices=[("", "全部"), *PERSON_ROLES])
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), ("active", "启用"), ("closed", "停用")],
    )


class AuditFilter(FilterForm):
    event = forms.ChoiceField(
        label="事件", required=False, choices=[("", "全部"), *sorted(EVENTS.items())]
    )
    person = _search("操作人")
    day = forms.DateField(
        label="日期", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
