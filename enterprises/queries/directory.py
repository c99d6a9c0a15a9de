"""The register, asked for one operator by an exact number; never searched, never listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enterprises.models import Licence, Operator
from enterprises.rules.credit_codes import CODE_FORM
from enterprises.rules.licences import Status, status_on
from shilian.text import normalise


@dataclass(frozen=True, slots=True)
class PartnerCard:
    """All that one trader may learn of another: the registered name, and whether it is licensed."""

    operator_id: int
    name: str
    credit_code: str
    is_activated: bool
    licence_status: Status


def tidy_number(text: str) -> str:
    """A typed credit code or licence number as the register spells it."""
    return normalise(text).upper().replace(" ", "").replace("-", "")


def find_operator_by_code(code: str) -> Operator | None:
    """The operator with exactly this credit code. Cost: one query."""
    return Operator.objects.filter(credit_code=tidy_number(code)).first()


def find_operator_by_number(text: str) -> Operator | None:
    """The operator with exactly this credit code or licence number.

    A number that two operators claim finds neither. Cost: two queries, whatever is found, so that
    the time of the answer tells nothing.
    """
    number = tidy_number(text)
    by_code = Operator.objects.filter(credit_code=number).first()
    held = Licence.objects.filter(number=number).select_related("operator")
    holders = {licence.operator_id: licence.operator for licence in held[:2]}
    by_licence = next(iter(holders.values())) if len(holders) == 1 else None
    return by_code or by_licence


def lookup_partner(code: str, *, on: date) -> PartnerCard | None:
    """The card of the operator with exactly this 18-character code, or None.

    Doors ask through ``operations.lookups.look_up_partner``, which limits and logs.
    Source: launch speech (no partner's data is seen by another trader). Cost: two queries.
    """
    number = tidy_number(code)
    if not CODE_FORM.match(number):
        return None
    operator = Operator.objects.counted().filter(credit_code=number).first()
    if operator is None:
        return None
    days = list(Licence.objects.filter(operator=operator).values_list("valid_until", flat=True))
    return PartnerCard(
        operator_id=operator.pk,
        name=operator.name,
        credit_code=operator.credit_code,
        is_activated=operator.is_activated,
        licence_status=_best_status(days, on),
    )


def _best_status(days: list[date | None], on: date) -> Status:
    order: list[Status] = ["valid", "expires_soon", "expired", "unknown"]
    held = {status_on(day, on) for day in days}
    return next((status for status in order if status in held), "unknown")
