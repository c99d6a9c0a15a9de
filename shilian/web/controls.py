"""A form's field as a page shows it: its control, what describes it, what is wrong with it."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect


def described(field: BoundField, basis: str = "") -> dict[str, Any]:
    """What the field's template prints; a screen reader hears help and errors with the control."""
    help_text = str(field.help_text or "")
    described_by = [f"{field.auto_id}-help"] * bool(help_text)
    described_by += [f"{field.auto_id}-error"] * bool(field.errors)
    attributes: dict[str, str | bool] = {"class": _control_class(field)}
    if described_by:
        attributes["aria-describedby"] = " ".join(described_by)
    asks = getattr(field.form, "basis_for", None)
    warnings = getattr(field.form, "warnings_for", None)
    return {
        "field": field,
        "help_text": help_text,
        "shape": _shape(field),
        "described_by": " ".join(described_by),
        "control": field.as_widget(attrs=attributes),
        "basis": basis or (asks(field.name) if asks else ""),
        "warnings": warnings(field.name) if warnings else [],
    }


def faults(form: BaseForm) -> list[dict[str, str]]:
    """Every fault of the form with the anchor of its field; those of no field come first."""
    entries = [
        {"target": "", "label": "", "message": str(text)} for text in form.non_field_errors()
    ]
    for field in form:
        entries += [
            {"target": anchor(field), "label": str(field.label), "message": str(text)}
            for text in field.errors
        ]
    return entries


def anchor(field: BoundField) -> str:
    """The id of the control, or of the first one of a group."""
    if _shape(field) == "choices":
        return f"{field.auto_id}_0"
    return field.id_for_label or str(field.auto_id)


def _shape(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    return "check" if isinstance(widget, CheckboxInput) else "input"


def _control_class(field: BoundField) -> str:
    widget = field.field.widget
    own = str(widget.attrs.get("class", ""))
    if _shape(field) != "input":
        return own
    name = "form-select" if getattr(widget, "input_type", "") == "select" else "form-control"
    return f"{name} {own}".strip()
