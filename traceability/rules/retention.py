"""How long a record must be kept at least.

Source: Food Safety Law articles 50, 53 and 65; domain.md section 1.2.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from shilian.clock import add_months

AFTER_SHELF_LIFE_MONTHS = 6
WITHOUT_SHELF_LIFE_MONTHS = 24
FARM_PRODUCE_MONTHS = 6


@lru_cache(maxsize=8192)
def retain_until(*, recorded_on: date, expires_on: date | None, is_farm_produce: bool) -> date:
    """The last day before which the record may not be deleted.

    Farm produce: six months after the record. Goods with a shelf life: six months after it ends.
    Other goods: two years after the record. Months are calendar months: 31 August + 6 months is
    the last day of February.
    """
    if is_farm_produce:
        return add_months(recorded_on, FARM_PRODUCE_MONTHS)
    if expires_on is not None:
        return add_months(expires_on, AFTER_SHELF_LIFE_MONTHS)
    return add_months(recorded_on, WITHOUT_SHELF_LIFE_MONTHS)
