"""``/epcis/v2/capture``: documents handed over as jobs, and how the jobs stand."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from shilian import clock
from shilian.problems import Problem, Rejected
from traceability.api.epcis_base import EpcisView
from traceability.models import EpcisCapture
from traceability.operations import epcis_capture
from traceability.queries import epcis_jobs

BEHAVIOUR = "GS1-Capture-Error-Behaviour"
Behaviour = EpcisCapture.Behaviour


class Captures(EpcisView):
    def get(self, request: Request) -> Response:
        """The latest capture jobs that the sender sees."""
        self.require_reader()
        found = epcis_jobs.captures_of(self.sender, self.system_id)
        return Response([told(capture) for capture in found])

    def post(self, request: Request) -> Response:
        """Hand a document over; its job's address comes back at once."""
        operator = self.own_operator()
        behaviour = _behaviour(request)
        capture = epcis_capture.start_capture(
            by=self.sender,
            operator=operator,
            body=self.body(),
            behaviour=behaviour,
            at=clock.now(),
            system_id=self.system_id,
        )
        headers = {
            "Location": f"{settings.SITE_ADDRESS}/epcis/v2/capture/{capture.pk}",
            BEHAVIOUR: behaviour,
        }
        return Response(status=HTTPStatus.ACCEPTED, headers=headers)


class CaptureState(EpcisView):
    def get(self, request: Request, capture_id: int) -> Response:
        """How one capture job stands, with what was wrong."""
        self.require_reader()
        found = epcis_jobs.find_capture(self.sender, capture_id, self.system_id)
        return Response(told(found))


def _behaviour(request: Request) -> str:
    """Raises: Rejected."""
    said = request.headers.get(BEHAVIOUR, Behaviour.ROLLBACK.value).strip().lower()
    if said not in Behaviour.values:
        message = f"{BEHAVIOUR} 只能写 rollback 或 proceed。"
        raise Rejected([Problem("parameter_malformed", BEHAVIOUR, message)])
    return said


def told(capture: EpcisCapture) -> dict[str, Any]:
    """A job in the standard's words, with our counts beside them."""
    is_running = capture.is_running
    return {
        "captureID": str(capture.pk),
        "createdAt": capture.created_at.isoformat(),
        **({} if is_running else {"finishedAt": capture.finished_at.isoformat()}),  # type: ignore[union-attr]
        "running": is_running,
        # While it runs nothing has gone wrong yet.
        "success": is_running or bool(capture.is_successful),
        "captureErrorBehaviour": capture.behaviour,
        "errors": capture.errors,
        "eventCount": capture.event_count,
        "capturedCount": capture.kept_count,
        "recordCount": capture.record_count,
    }
