"""What one press of a submit button wrote."""

from __future__ import annotations

from uuid import UUID

from enterprises.models import Operator
from traceability.models import Submission


def records_of(operator: Operator, key: UUID) -> list[int]:
    """The ids that the press with this key wrote; empty when it wrote nothing."""
    held = Submission.objects.filter(operator_id=operator.pk, key=key)
    return next(iter(held.values_list("record_ids", flat=True)), [])
