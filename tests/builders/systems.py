"""Systems in service, their keys, and requests signed with them."""

from __future__ import annotations

from enterprises.actor import Actor
from enterprises.models import Operator, SelfBuiltSystem
from enterprises.operations import api_requests
from tests.builders.enterprises import AT, make_operator


def make_system(operator: Operator | None = None, *, name: str = "进销存") -> SelfBuiltSystem:
    """An own system in service."""
    operator = operator or make_operator()
    return SelfBuiltSystem.objects.create(
        operator=operator,
        name=name,
        state=SelfBuiltSystem.State.IN_SERVICE,
        sector=operator.sector,
        registered_at=AT,
        in_service_since=AT.date(),
    )


def key_actor(system: SelfBuiltSystem) -> Actor:
    """Who acts when a request is signed by a key of the system."""
    return api_requests.actor_of(system)
