from supervision.metrics.activity import ACTIVITY
from supervision.metrics.base import Indicator
from supervision.metrics.context import BROKEN_LINKS, COMPLETENESS, TIMELINESS
from supervision.metrics.coverage import COVERAGE
from supervision.metrics.registration import REGISTRATION
from supervision.metrics.system_upload import SYSTEM_UPLOAD

FOUR: tuple[Indicator, ...] = (REGISTRATION, ACTIVITY, COVERAGE, SYSTEM_UPLOAD)
CONTEXT: tuple[Indicator, ...] = (TIMELINESS, COMPLETENESS, BROKEN_LINKS)
ALL: tuple[Indicator, ...] = FOUR + CONTEXT
BY_CODE: dict[str, Indicator] = {indicator.code: indicator for indicator in ALL}

__all__ = ["ALL", "BY_CODE", "CONTEXT", "FOUR", "Indicator"]
