from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.builders.numbers import noon
from tests.supervision.views.bureau import TODAY


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    """Every page of these tests is opened on the tenth of November at noon."""
    with time_machine.travel(noon(TODAY), tick=False):
        yield
