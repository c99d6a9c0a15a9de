"""What all EPCIS endpoints share: who may ask, the standard's headers, faults as its exceptions."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.api.authentication import SignedRequest
from enterprises.models import Docking, Operator, SelfBuiltSystem
from enterprises.operations import systems
from enterprises.operations.api_requests import Caller, Unsigned
from enterprises.operations.rate_limits import TooMany
from enterprises.roles import Permission
from shilian import clock
from shilian.problems import Problem, Rejected
from traceability.epcis import params, render
from traceability.epcis.documents import Event
from traceability.epcis.params import Query
from traceability.operations.epcis_capture import (
    MOST_BYTES,
    MOST_EVENTS,
    AlreadyCaptured,
    Duplicate,
)
from traceability.queries import epcis_events, epcis_jobs, epcis_own
from traceability.queries.epcis_events import EventPage, Place, TooComplex

PROBLEM_TYPE = "application/problem+json"
JSON_LD = "application/ld+json"
READABLE = ("application/json", JSON_LD)
SALT = "epcis page"
TOKEN_SECONDS = 24 * 60 * 60
VERSION, CBV_VERSION = "2.0.0", "2.0.0"
LONGEST_ADDRESS = 8_000
# The exceptions of the standard, by status; the sentences are for people.
FAULTS: dict[int, tuple[str, str]] = {
    400: ("ValidationException", "请求写得不对。"),
    401: ("SecurityException", "请先登录，或者对请求签名。"),
    403: ("SecurityException", "您没有这项权限。"),
    404: ("NoSuchResourceException", "没有找到，或者不在您的辖区。"),
    405: ("UnsupportedOperationException", "这个地址不支持这种请求。"),
    406: ("NotAcceptableException", "只能用 JSON 或 JSON-LD 回答。"),
    409: ("ResourceAlreadyExistsException", "已经有了，没有重复记。"),
    413: ("CaptureLimitExceededException", "内容超过一次能收的上限，请分几次发送。"),
    414: ("URITooLongException", "查询太长，请把它存成命名查询。"),
    415: ("UnsupportedMediaTypeException", "只接受 application/json 或 application/ld+json。"),
    422: ("ValidationException", "内容没有通过检查。"),
    429: ("TooManyRequestsException", "请求太频繁，请稍后再试。"),
}
BY_CODE = {
    "too_many_events": (413, "CaptureLimitExceededException"),
    "parameter_unknown": (400, "QueryParameterException"),
    "parameter_malformed": (400, "QueryParameterException"),
    "query_too_complex": (400, "QueryTooComplexException"),
    "subscription_schedule": (400, "SubscriptionControlsException"),
    "query_name_taken": (409, "DuplicateNameException"),
    "event_duplicate": (409, "ResourceAlreadyExistsException"),
    "event_id_taken": (409, "ResourceAlreadyExistsException"),
    "docking_not_registered": (403, "SecurityException"),
}


class PlainBody(BaseParser):
    """The body as it came: the bytes are what is hashed and kept."""

    media_type = "application/json"

    def parse(  # type: ignore[override]
        self, stream: Any, media_type: Any = None, parser_context: Any = None
    ) -> bytes:
        return bytes(stream.read())


class PlainLinkedBody(PlainBody):
    media_type = JSON_LD


class LinkedDataRenderer(JSONRenderer):
    media_type = JSON_LD


class AnyOfOurs(BaseContentNegotiation):
    """JSON or JSON-LD, whichever is asked for; 406 for anything else."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        asked = request.headers.get("Accept", "*/*")
        kinds = [part.split(";")[0].strip().lower() for part in asked.split(",")]
        for kind in kinds:
            if kind in ("*/*", "application/*", "application/json", PROBLEM_TYPE, ""):
                return renderers[0], "application/json"
            if kind == JSON_LD:
                return renderers[1], JSON_LD
        raise exceptions.NotAcceptable


@extend_schema(exclude=True)
class EpcisView(APIView):
    """An endpoint for people with a session and for systems with a key.

    It is described by the standard's own interface document and not by ours.
    """

    authentication_classes = (SignedRequest, SessionAuthentication)
    parser_classes = (PlainBody, PlainLinkedBody)
    renderer_classes = (JSONRenderer, LinkedDataRenderer)
    content_negotiation_class = AnyOfOurs

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return answer_fault

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request._request.actor  # type: ignore[attr-defined]
        return actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if len(request._request.get_full_path()) > LONGEST_ADDRESS:
            raise Refused(HTTPStatus.REQUEST_URI_TOO_LONG)

    @property
    def sender(self) -> Actor:
        """Who hands events over: a channel's key does so for its clients too."""
        caller = self.request.auth
        return caller.actor if isinstance(caller, Caller) else self.actor

    @property
    def system(self) -> SelfBuiltSystem | None:
        """The system whose key signed; none for a person."""
        caller = self.request.auth
        return caller.system if isinstance(caller, Caller) else None

    @property
    def system_id(self) -> int | None:
        return None if self.system is None else self.system.pk

    def require_reader(self) -> None:
        """Raises: Forbidden."""
        if not self.actor.may(Permission.VIEW_RECORDS):
            self.actor.require(Permission.VIEW_OWN_RECORDS)

    def own_operator(self) -> Operator:
        """The operator one acts for; a channel names its client.

        Raises: OutOfScope, Forbidden; Rejected for a system registered for another way of docking.
        """
        self.sender.require(Permission.IMPORT_RECORDS)
        if isinstance(self.request.auth, Caller):
            systems.check_docking(self.request.auth.system, Docking.EPCIS)
        return epcis_jobs.operator_for(self.sender, self.request.headers.get("X-Operator", ""))

    def body(self) -> bytes:
        """Raises: Refused for a body beyond the limit."""
        try:
            found = self.request.data
        except RequestDataTooBig:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None
        if not isinstance(found, bytes):
            return b""
        if len(found) > MOST_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return found

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Versions and limits, as headers."""
        return Response(status=HTTPStatus.NO_CONTENT)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Allow"] = ", ".join(self.allowed_methods)
        answer.headers["GS1-EPCIS-Version"] = VERSION
        answer.headers["GS1-EPCIS-Min"] = VERSION
        answer.headers["GS1-EPCIS-Max"] = VERSION
        answer.headers["GS1-CBV-Version"] = CBV_VERSION
        answer.headers["GS1-Vendor-Version"] = "1.0.0"
        answer.headers["GS1-EPCIS-Capture-Limit"] = str(MOST_EVENTS)
        answer.headers["GS1-EPCIS-Capture-File-Size-Limit"] = str(MOST_BYTES)
        return answer

    def page(self, query: Query, *, name: str = "SimpleEventQuery") -> Response:
        """One page of events as a query document, and where the next one is."""
        self.require_reader()
        found = self._find(query)
        if query.limit is not None and query.is_limit_hard and found.after is not None:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "QueryTooLargeException")
        document = render.query_document(
            found.events,
            context=render.context_of(epcis_own.namespace()),
            at=clock.now(),
            name=name,
        )
        answer = Response(document)
        if found.after is not None and query.limit is None:
            self._link_next(answer, found.after)
        return answer

    def _find(self, query: Query) -> EventPage:
        try:
            return epcis_events.find_events(self.actor, query, after=self._place())
        except TooComplex:
            message = "这个查询要翻看的记录太多，请再加时间、批次等条件。"
            raise Rejected([Problem("query_too_complex", "", message)]) from None

    def _place(self) -> Place | None:
        token = self.request.query_params.get("nextPageToken", "")
        if not token:
            return None
        try:
            said = signing.loads(token, salt=SALT, max_age=TOKEN_SECONDS)
            return epcis_events.place_from(said)
        except (signing.BadSignature, ValueError, TypeError):
            message = "nextPageToken 不对或者过期了，请从第一页重新查询。"
            raise Rejected([Problem("parameter_malformed", "nextPageToken", message)]) from None

    def _link_next(self, answer: Response, after: Place) -> None:
        token = signing.dumps(epcis_events.place_text(after), salt=SALT)
        asked = self.request.query_params.copy()
        asked["nextPageToken"] = token
        address = f"{settings.SITE_ADDRESS}{self.request.path}?{asked.urlencode()}"
        answer.headers["Link"] = f'<{address}>; rel="next"'
        answer.headers["GS1-Next-Page-Token-Expires"] = str(TOKEN_SECONDS)


class Refused(Exception):
    """An answer of the standard that no problem code stands for."""

    def __init__(self, status: int, exception: str = "") -> None:
        self.status, self.exception = int(status), exception
        super().__init__(status)


def query_of(request: Request, **more: Any) -> Query:
    """The query of the address. Raises: Rejected."""
    said = params.values_of(request.query_params.lists())
    return params.read_query(said | more)


def single(event: Event) -> Event:
    """One event by itself: with the context that a document would have brought."""
    own = event.get("@context", [])
    return {"@context": [*render.context_of(epcis_own.namespace()), *own], **_without(event)}


def _without(event: Event) -> Event:
    return {name: value for name, value in event.items() if name != "@context"}


def answer_fault(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error of a view; None for one that nobody expects."""
    if isinstance(error, Unsigned):
        return problem(error.status, error.problems)
    if isinstance(error, TooMany):
        answer = problem(HTTPStatus.TOO_MANY_REQUESTS, error.problems)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    if isinstance(error, Refused):
        return problem(error.status, exception=error.exception)
    if isinstance(error, AlreadyCaptured):
        return _captured(error)
    if isinstance(error, Duplicate):
        return _duplicate(error)
    if isinstance(error, Rejected):
        status, exception = _status_of(error.problems)
        return problem(status, error.problems, exception=exception)
    if isinstance(error, OutOfScope | Http404):
        return problem(HTTPStatus.NOT_FOUND)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return problem(HTTPStatus.UNAUTHORIZED)
    if isinstance(error, Forbidden | PermissionDenied):
        return problem(HTTPStatus.FORBIDDEN)
    if isinstance(error, exceptions.APIException):
        return problem(error.status_code)
    return None


def _status_of(problems: list[Problem]) -> tuple[int, str]:
    return next((BY_CODE[each.code] for each in problems if each.code in BY_CODE), (400, ""))


def _captured(error: AlreadyCaptured) -> Response:
    message = "同样的文档已经收下或正在处理，见 Location。"
    answer = problem(HTTPStatus.CONFLICT, [Problem("document_duplicate", "", message)])
    answer.headers["Location"] = f"{settings.SITE_ADDRESS}/epcis/v2/capture/{error.capture.pk}"
    return answer


def _duplicate(error: Duplicate) -> Response:
    message = "这个事件已经收下过（事件哈希相同），没有重复记。"
    answer = problem(HTTPStatus.CONFLICT, [Problem("event_duplicate", "", message)])
    answer.headers["Location"] = event_address(error.event_id)
    return answer


def event_address(event_id: str) -> str:
    return f"{settings.SITE_ADDRESS}/epcis/v2/events/{quote(event_id, safe='')}"


def problem(status: int, problems: list[Problem] | None = None, *, exception: str = "") -> Response:
    """A body of RFC 9457 with the standard's exception and each problem of ours."""
    kind, title = FAULTS.get(int(status), FAULTS[400])
    body: dict[str, Any] = {
        "type": f"epcisException:{exception or kind}",
        "title": title,
        "status": int(status),
    }
    if problems:
        body["detail"] = problems[0].message
        body["problems"] = [
            {
                "code": each.code,
                "field": each.field,
                "message": each.message,
                **({} if each.row is None else {"position": each.row}),
            }
            for each in problems
        ]
    return Response(body, status=status, content_type=PROBLEM_TYPE)
