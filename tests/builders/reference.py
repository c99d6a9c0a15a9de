"""Reviewed data that migrations load and that emptying the tables between tests takes away."""

from __future__ import annotations

from supervision.operations import parameters
from traceability.operations import catalogue


def load_reference_data() -> None:
    """Goods classes, categories, thresholds and targets, as a fresh installation has them."""
    catalogue.load_reviewed()
    parameters.load_reviewed()
