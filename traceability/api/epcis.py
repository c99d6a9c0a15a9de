"""``/epcis/v2``: events by query and by identifier, the values that occur, and what the server can."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.actor import OutOfScope
from shilian import clock
from traceability.api.epcis_base import EpcisView, event_address, query_of, single
from traceability.epcis import vocabulary
from traceability.epcis.identifiers import BadIdentifier, read
from traceability.operations import epcis_capture
from traceability.queries import epcis_events, epcis_values

# The query parameter behind each collection of the standard.
PARAMETERS = {
    "eventTypes": "eventType",
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "dispositions": "EQ_disposition",
}


class Discovery(EpcisView):
    """What the server understands."""

    def get(self, request: Request) -> Response:
        """The collections there are."""
        self.require_reader()
        members = ["capture", "events", "queries", *PARAMETERS]
        return Response({"@context": vocabulary.CONTEXT, "type": "Collection", "member": members})


class Events(EpcisView):
    """Events by the standard's parameters; a single event to be captured."""

    def get(self, request: Request) -> Response:
        """One page of events, those of our own records among them."""
        return self.page(query_of(request))

    def post(self, request: Request) -> Response:
        """Capture one event at once."""
        operator = self.own_operator()
        event = epcis_capture.capture_event(
            by=self.sender,
            operator=operator,
            body=self.body(),
            at=clock.now(),
            system=self.system,
        )
        address = event_address(event.event_id)
        return Response(status=HTTPStatus.CREATED, headers={"Location": address})


class SingleEvent(EpcisView):
    def get(self, request: Request, event_id: str) -> Response:
        """The event with this identifier."""
        self.require_reader()
        event = epcis_events.find_event(self.actor, said_in(request, event_id))
        if event is None:
            raise OutOfScope
        return Response(single(event))


class Resources(EpcisView):
    def get(self, request: Request, resource: str) -> Response:
        """The values of one kind that occur in the actor's events."""
        self.require_reader()
        members = epcis_values.values_of(self.actor, resource)
        return Response({"@context": vocabulary.CONTEXT, "type": "Collection", "member": members})


class ResourceEntry(EpcisView):
    def get(self, request: Request, resource: str, value: str) -> Response:
        """What can be asked of one value."""
        self.require_reader()
        return Response(
            {"@context": vocabulary.CONTEXT, "type": "Collection", "member": ["events"]}
        )


class ResourceEvents(EpcisView):
    def get(self, request: Request, resource: str, value: str) -> Response:
        """One page of the events with this value."""
        asked = unquote(value).removesuffix("/events")
        name = PARAMETERS[resource]
        if resource == "epcs" and _is_class(asked):
            name = "MATCH_anyEPCClass"
        return self.page(query_of(request, **{name: [asked]}))


def _is_class(uri: str) -> bool:
    try:
        key = read(uri)
    except BadIdentifier:
        return False
    return key is not None and key.level == "class"


def said_in(request: Request, text: str) -> str:
    """The identifier in an address; a question mark of its own may not have been escaped."""
    query: Any = request._request.META.get("QUERY_STRING", "")
    return unquote(f"{text}?{query}" if query.startswith("ver=") else text)
