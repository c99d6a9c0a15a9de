from supervision.metrics.activity import ACTIVITY
from supervision.metrics.base import Indicator
from supervision.metrics.context import BROKEN_LINKS, COMPLETENESS, TIMELINESS
from supervision.metrics.coverage import COVERAGE
from supervision.metrics.licences import LICENCES
from supervision.metrics.registration import REGISTRATION
from supervision.metrics.system_upload import SYSTEM_UPLOAD

FOUR: tuple[Indicator, ...] = (REGISTRATION, ACTIVITY, COVERAGE, SYSTEM_UPLOAD)
CONTEXT: tuple[Indicator, ...] = (TIMELINESS, COMPLETENESS, BROKEN_LINKS)
ALL: tuple[Indicator, ...] = FOUR + CONTEXT
# What the pages explain; a bulletin freezes ALL, which must not grow under the months behind us.
EXPLAINED: tuple[Indicator, ...] = (*ALL, LICENCES)
BY_CODE: dict[str, Indicator] = {indicator.code: indicator for indicator in EXPLAINED}

__all__ = ["ALL", "BY_CODE", "CONTEXT", "EXPLAINED", "FOUR", "LICENCES", "Indicator"]
