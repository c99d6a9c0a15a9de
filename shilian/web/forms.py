"""Base forms: text is tidied before any rule sees it, and problems come back at their fields."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from shilian.problems import Problem
from shilian.text import normalise, tidy_lines, tidy_prose

# What Django says to everyone, said so that it can be acted on.
MESSAGES: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "请填写这一项。"},
    forms.CharField: {
        "max_length": "太长了，最多 %(limit_value)d 个字，现在是 %(show_value)d 个。",
        "min_length": "太短了，至少要 %(limit_value)d 个字。",
    },
    forms.IntegerField: {"invalid": "请填写整数，例如 12。"},
    forms.DecimalField: {"invalid": "请填写数字，例如 12.5。"},
    forms.DateField: {"invalid": "请写成 2026-05-03 这样的日期。"},
    forms.ChoiceField: {
        "required": "请选一项。",
        "invalid_choice": "没有这个选项，请重新选择。",
    },
    forms.BooleanField: {"required": "请勾选这一项。"},
    forms.FileField: {
        "required": "请选择文件。",
        "empty": "这个文件是空的，请重新选择。",
        "missing": "没有收到文件，请重新选择。",
    },
}

# What people write for people, by the names that every form gives it: a full-width comma is no
# mistake there, nor the brackets of a company's name. All else is counted or looked up, and folded.
PROSE = frozenset(
    {
        "address",
        "answer",
        "cause",
        "comment",
        "contact_name",
        "correction",
        "inspector",
        "items",
        "legal_basis",
        "legal_person",
        "maker_address",
        "maker_name",
        "name",
        "note",
        "origin",
        "origin_place",
        "override_reason",
        "problems",
        "reason",
        "requirements",
        "standing_reason",
        "storage",
        "vendor",
    }
)

_OURS = frozenset(text for messages in MESSAGES.values() for text in messages.values())


class TidyForm(forms.Form):
    """A form whose typed text is normalised; what was typed stays readable with ``raw_text``.

    Prose (``PROSE`` and every text of several lines) keeps its full-width punctuation. Passwords
    are left exactly as typed. Problems that are warnings are kept apart
    (``warnings_for``): they are shown at the field but do not stop the form.
    """

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _speak_plainly(field)
        self.raw = self.data
        self._warnings: dict[str, list[str]] = {}
        if self.is_bound:
            self.data = self._tidied()

    def raw_text(self, name: str) -> str:
        """The field's text as it was sent; empty when it was not."""
        return str(self.raw.get(self.add_prefix(name)) or "")

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Show each problem at its field, or above the form when it has no such field."""
        for problem in problems:
            known = problem.field in self.fields and not self.fields[problem.field].widget.is_hidden
            if problem.is_warning:
                self._warnings.setdefault(problem.field, []).append(problem.message)
            else:
                where = problem.field if known else NON_FIELD_ERRORS
                error = forms.ValidationError(problem.message, code=problem.code)
                self.add_error(None if where == NON_FIELD_ERRORS else where, error)

    def warnings_for(self, name: str) -> list[str]:
        return self._warnings.get(name, [])

    @property
    def general_warnings(self) -> list[str]:
        """Warnings that belong to no field of this form."""
        return [
            text
            for name, texts in self._warnings.items()
            if name not in self.fields
            for text in texts
        ]

    def _tidied(self) -> Any:
        """A copy of the data in which every text is tidied, passwords excepted."""
        sent: Any = self.data
        tidied = sent.copy()
        tidies = {self.add_prefix(name): _tidy_of(name, f) for name, f in self.fields.items()}
        for name in list(tidied):
            if tidy := tidies.get(name, normalise):
                _replace(tidied, name, tidy)
        return tidied


def _tidy_of(name: str, field: forms.Field) -> Callable[[str], str] | None:
    """How the field's text is tidied; None for what is left alone."""
    if isinstance(field.widget, forms.PasswordInput):
        return None
    if isinstance(field.widget, forms.Textarea):
        return tidy_lines
    return tidy_prose if name in PROSE else normalise


def _speak_plainly(field: forms.Field) -> None:
    """Give the field our messages, except where it was declared with its own."""
    usual: dict[str, Any] = {}
    for kind in reversed(type(field).__mro__):
        usual.update(vars(kind).get("default_error_messages", {}))
    for kind, messages in MESSAGES.items():
        if isinstance(field, kind):
            for code, text in messages.items():
                if field.error_messages.get(code) in (usual.get(code), *_OURS):
                    field.error_messages[code] = text


def _replace(data: Any, name: str, tidy: Callable[[str], str]) -> None:
    if hasattr(data, "setlist"):
        data.setlist(name, [tidy(v) if isinstance(v, str) else v for v in data.getlist(name)])
    elif isinstance(data[name], str):
        data[name] = tidy(data[name])


class RecordForm(TidyForm):
    """A form that writes: its ``submit_key`` is made once per page, so a second press is known.

    ``cleaned_data["submit_key"]`` is always a UUID; one that was lost on the way is made anew.
    """

    submit_key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_submit_key(self) -> uuid.UUID:
        return self.cleaned_data["submit_key"] or uuid.uuid4()


class FilterForm(TidyForm):
    """A form of filters in the address: a bad value is left out, never an error page."""

    def chosen(self) -> dict[str, Any]:
        """The filters that were given and make sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
