"""The forms of people and operators: what is typed becomes arguments and drafts of operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from enterprises.models import CateringClass, OperatorKind, Sector
from enterprises.queries.choices import Choice
from enterprises.roles import Role
from enterprises.rules.licences import LicenceDraft, kind_of
from enterprises.rules.phones import tidy_phone
from enterprises.rules.registration import TEN_CLASSES, OperatorDraft
from shilian.web.forms import TidyForm

DAY_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]


class TextField(forms.CharField):
    """A line of text; a missing or overlong one is said in words."""

    def __init__(self, label: str, most: int = 60, asks: str = "填写", **kwargs: Any) -> None:
        super().__init__(label=label, **kwargs)
        self.most = most
        self.error_messages["required"] = f"请{asks}{label}。"

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value or "") > self.most:
            raise forms.ValidationError(f"{self.label}最多{self.most}个字，请缩短。", "too_long")


class ChoiceField(forms.ChoiceField):
    """A choice with a Chinese word for none and for a foreign one."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label=label, **kwargs)
        self.error_messages |= {
            "required": f"请选择{label}。",
            "invalid_choice": f"请重新选择{label}。",
        }


class PasswordField(forms.CharField):
    """A password exactly as typed; ``is_new`` tells the browser to offer keeping it."""

    def __init__(self, label: str, *, is_new: bool, **kwargs: Any) -> None:
        completion = "new-password" if is_new else "current-password"
        widget = forms.PasswordInput(attrs={"autocomplete": completion})
        super().__init__(label=label, strip=False, max_length=128, widget=widget, **kwargs)
        self.error_messages |= {
            "required": f"请输入{label}。",
            "max_length": f"{label}不能超过128位。",
        }


def _code_field() -> TextField:
    attrs = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12"}
    return TextField("验证码", 12, "输入", widget=forms.TextInput(attrs=attrs))


def _phone_field(label: str = "手机号") -> TextField:
    attrs = {"inputmode": "tel", "autocomplete": "tel"}
    return TextField(label, 30, widget=forms.TextInput(attrs=attrs))


class LoginForm(TidyForm):
    login = TextField(
        "登录名",
        60,
        "输入",
        help_text="经营户用手机号或统一社会信用代码，监管人员用单位给的账号",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "off"}),
    )
    password = PasswordField("密码", is_new=False)


class FindSelfForm(TidyForm):
    number = TextField(
        "统一社会信用代码或许可证编号",
        60,
        help_text="在营业执照或许可证上，例如 91370102MA0000000X、JY13701020000000",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )


class ActivationForm(TidyForm):
    code = _code_field()
    password = PasswordField("密码", is_new=True, help_text="至少8位，以后用手机号和这个密码登录")


class ForgotForm(TidyForm):
    login = TextField(
        "登录名", 60, "输入", widget=forms.TextInput(attrs={"autocomplete": "username"})
    )


class ResetForm(TidyForm):
    code = _code_field()
    password = PasswordField(
        "新密码", is_new=True, help_text="经营户至少8位；监管人员至少10位，字母和数字都要有"
    )


class PasswordForm(TidyForm):
    old = PasswordField("原密码", is_new=False)
    new = PasswordField(
        "新密码", is_new=True, help_text="经营户至少8位；监管人员至少10位，字母和数字都要有"
    )


class AcceptForm(TidyForm):
    password = PasswordField("密码", is_new=True)


class PlaceForm(TidyForm):
    """Which county the applicant is in; the townships are asked for on the next page."""

    county = ChoiceField("所在县（市、区）")

    def __init__(self, *args: Any, counties: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["county"].choices = [("", "请选择"), *counties]  # type: ignore[attr-defined]


class ApplicationForm(TidyForm):
    name = TextField("主体名称", 120, help_text="与营业执照一致")
    credit_code = TextField(
        "统一社会信用代码", 60, widget=forms.TextInput(attrs={"autocapitalize": "characters"})
    )
    licence_number = TextField(
        "许可证（登记证）编号", 60, required=False, help_text="还没有许可证的可以不填"
    )
    valid_until = forms.DateField(
        label="许可证有效期至",
        required=False,
        input_formats=DAY_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "日期没看懂，请写成 2028-05-03 这样。"},
    )
    sector = ChoiceField("环节", choices=[("", "请选择"), *Sector.choices])
    kind = ChoiceField("主体类型", choices=[("", "请选择"), *OperatorKind.choices])
    catering_class = ChoiceField(
        "是否属于三类餐饮", required=False, choices=[("", "不是"), *CateringClass.choices]
    )
    goods_classes = forms.MultipleChoiceField(
        label="经营哪些重点品种",
        required=False,
        choices=TEN_CLASSES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请重新选择经营的品种。"},
    )
    is_wholesale = forms.BooleanField(label="从事批发", required=False)
    division_id = ChoiceField("所在乡镇（街道）")
    address = TextField("经营地址", 200)
    contact_name = TextField("联系人姓名", 40)
    contact_phone = _phone_field("联系手机号")
    code = TextField(
        "验证码",
        12,
        required=False,
        help_text="先点“发送验证码”，再把收到的6位数字填在这里",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, townships: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division_id"].choices = [("", "请选择"), *townships]  # type: ignore[attr-defined]

    def phone(self) -> str:
        """The phone as typed, tidied, also while the rest of the form is still faulty."""
        return tidy_phone(str(self.data.get("contact_phone") or ""))

    def draft(self) -> OperatorDraft:
        """The operator that the valid form describes; its licence has the number typed."""
        said = self.cleaned_data
        number: str = said["licence_number"]
        until: date | None = said["valid_until"]
        licences = (LicenceDraft(number, kind_of(number.upper()), None, until),) if number else ()
        return OperatorDraft(
            name=said["name"],
            credit_code=said["credit_code"],
            sector=said["sector"],
            kind=said["kind"],
            division_id=int(said["division_id"]),
            address=said["address"],
            contact_name=said["contact_name"],
            contact_phone=said["contact_phone"],
            licences=licences,
            catering_class=said["catering_class"],
            goods_classes=tuple(said["goods_classes"]),
            is_wholesale=said["is_wholesale"],
        )


class DecisionForm(TidyForm):
    note = TextField(
        "审核意见",
        200,
        required=False,
        help_text="不通过时必填，申请人会看到",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ClerkForm(TidyForm):
    name = TextField("店员姓名", 40)
    phone = _phone_field("店员手机号")


class InvitationForm(TidyForm):
    """An officer or administrator to invite; only roles and places the inviter may give."""

    role = ChoiceField("岗位")
    place = ChoiceField(
        "辖区", required=False, help_text="监管所人员请选监管所，其他岗位选行政区划"
    )
    sector = ChoiceField(
        "业务处环节",
        required=False,
        choices=[("", "不分环节"), *Sector.choices],
        help_text="省局业务处人员选所管的环节，自建系统按环节审核",
    )
    name = TextField("姓名", 40)
    phone = _phone_field()
    login = TextField(
        "登录名",
        40,
        required=False,
        help_text="不填就用手机号",
        widget=forms.TextInput(attrs={"autocapitalize": "off"}),
    )

    def __init__(
        self, *args: Any, roles: Sequence[Choice], places: Sequence[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "请选择"), *roles]  # type: ignore[attr-defined]
        self.fields["place"].choices = [("", "请选择"), *places]  # type: ignore[attr-defined]
        if Role.PROVINCE_OFFICER not in {role for role, _ in roles}:
            del self.fields["sector"]


class RosterForm(TidyForm):
    file = forms.FileField(
        label="名录文件",
        allow_empty_file=True,
        help_text="许可系统导出的 .xlsx 或 .csv，最大 20 MB",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "请选择一个文件。", "invalid": "没有收到文件，请重新选择。"},
    )


class ReasonForm(TidyForm):
    reason = TextField("原因", 200)
