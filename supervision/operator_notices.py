"""What the bureau's officers told an operator of the radar's findings, for its first page."""

from __future__ import annotations

from enterprises.models import Operator
from supervision.queries import findings
from traceability.home_notices import HomeNotice, MoreEntry

ENTRY = MoreEntry("待办提醒", "bell", "supervision:own_findings")


def told_notices(operator: Operator) -> list[HomeNotice]:
    """The messages of findings that are still open, the newest first. Cost: one query."""
    return [
        HomeNotice(finding.declared.name, finding.message, ENTRY.url_name)
        for finding in findings.told_findings(operator)
    ]
