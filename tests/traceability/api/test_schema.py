"""Requests made up from the schema: no server error, and no answer that the schema does not tell."""

import pytest

from enterprises.operations import api_requests
from enterprises.operations.rate_limits import Limit
from tests.builders.systems import SignedClient, make_system
from traceability.measures.fuzz import fuzz

# A sample: ``manage.py chaos api`` sends three hundred for each.
CASES = 2


@pytest.mark.django_db(transaction=True)
def test_no_request_of_the_schema_meets_an_undocumented_answer(live_server, monkeypatch):
    monkeypatch.setattr(api_requests, "CALLS", Limit("api_calls", 1_000_000, 1))
    client = SignedClient(make_system())

    found = fuzz(live_server.url, [client.headers], cases=CASES)

    assert found.undocumented == []
    assert found.server_errors == 0
    assert found.operations >= 26
    assert found.cases >= 2 * found.operations - 12
