"""Picking a supplier or buyer on a record's page, or writing a new one without leaving it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Rejected
from traceability.forms import NEW, PartnerForm, RecordHead, read_id
from traceability.operations import partners
from traceability.queries import pickers
from traceability.queries.pickers import PartnerChoice
from traceability.rules.partners import PartnerDraft
from traceability.views.typed import Typed, add_further
from traceability.views.typed import said as typed_said

Role = Literal["supplier", "buyer"]
STAND_IN = "未填"
WORDS = {"supplier": "供货商", "buyer": "买方"}
FIELDS = (
    "name",
    "contact_phone",
    "address",
    "credit_code",
    "contact_name",
    "licence_number",
    "licence_valid_until",
    "is_supplier",
    "is_buyer",
    "is_outside_province",
)


@dataclass(slots=True)
class PartnerPicker:
    """The chips of one role, what was searched, which is chosen, and the form of a new one."""

    role: Role
    url: str
    text: str
    choices: list[PartnerChoice]
    chosen: int | None
    is_new: bool
    form: PartnerForm
    head: RecordHead
    basis: str
    today: date

    @property
    def name(self) -> str:
        return f"{self.role}_id"

    @property
    def word(self) -> str:
        return WORDS[self.role]

    @property
    def errors(self) -> list[str]:
        return [str(text) for text in self.head[self.name].errors] if self.head.is_bound else []

    @property
    def warnings(self) -> list[str]:
        return self.head.warnings_for(self.name)


def picker(
    operator: Operator,
    typed: Typed,
    head: RecordHead,
    role: Role,
    *,
    url: str,
    basis: str,
    on: date,
) -> PartnerPicker:
    value = str(head[f"{role}_id"].value() or "")
    chosen = read_id(value)
    is_new = value == NEW
    find = pickers.suppliers if role == "supplier" else pickers.buyers
    text = typed.text("partner_q")
    # A new partner that is not chosen is not judged: nothing of it will be written.
    filled = typed if is_new else Typed(typed.data)
    return PartnerPicker(
        role=role,
        url=url,
        text=text,
        choices=find(operator, text, chosen),
        chosen=chosen,
        is_new=is_new,
        form=filled.form(PartnerForm, "partner"),
        head=head,
        basis=basis,
        today=on,
    )


def draft_of(said: dict[str, Any], **roles: bool) -> PartnerDraft:
    return PartnerDraft(**({name: said[name] for name in FIELDS} | roles))


def save_new(
    form: PartnerForm, role: Role, *, by: Actor, operator: Operator, at: datetime
) -> int | None:
    """The id of the partner that the form describes, new or known; None when it was refused.

    A form that could not be read is judged all the same, for its other faults: the caller takes
    its transaction back.
    """
    is_readable = form.is_valid()
    said = typed_said(form, name=STAND_IN, licence_valid_until=None)
    known = pickers.find_partner(operator, said["name"], said["credit_code"].upper(), role)
    if known is not None:
        return known if is_readable else None
    roles = {"is_supplier": role == "supplier", "is_buyer": role == "buyer"}
    try:
        saved = partners.save_partner(
            by=by, operator=operator, draft=draft_of(said, **roles), at=at
        )
    except Rejected as refused:
        add_further(form, refused.problems)
        return None
    return int(saved.pk) if is_readable else None
