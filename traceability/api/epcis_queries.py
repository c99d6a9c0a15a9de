"""``/epcis/v2/queries``: named queries, their results and their subscriptions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from enterprises.operations.api_requests import Caller
from shilian import clock
from traceability.api.epcis_base import EpcisView
from traceability.epcis import documents, params
from traceability.models import EpcisQuery, EpcisSubscription
from traceability.operations import epcis_queries

ROOT = "/epcis/v2/queries"


class Queries(EpcisView):
    def get(self, request: Request) -> Response:
        """The names and conditions that are kept."""
        self.require_reader()
        kept = epcis_queries.own_queries(self.actor).order_by("name")
        return Response([told(query) for query in kept])

    def post(self, request: Request) -> Response:
        """Keep a query under a name."""
        self.require_reader()
        said = documents.read_json(self.body())
        kept = epcis_queries.save_query(
            by=self.actor, name=said.get("name", ""), query=said.get("query"), at=clock.now()
        )
        address = f"{settings.SITE_ADDRESS}{ROOT}/{kept.name}"
        return Response(status=HTTPStatus.CREATED, headers={"Location": address})


class NamedQuery(EpcisView):
    def get(self, request: Request, name: str) -> Response:
        self.require_reader()
        return Response(told(epcis_queries.find_query(self.actor, name)))

    def delete(self, request: Request, name: str) -> Response:
        """Forget the query and its subscriptions."""
        self.require_reader()
        epcis_queries.delete_query(by=self.actor, name=name, at=clock.now())
        return Response(status=HTTPStatus.NO_CONTENT)


class QueryEvents(EpcisView):
    def get(self, request: Request, name: str) -> Response:
        """One page of what the query finds now."""
        self.require_reader()
        kept = epcis_queries.find_query(self.actor, name)
        paging = params.values_of(request.query_params.lists())
        return self.page(params.read_query(kept.query | paging), name=kept.name)


class Subscriptions(EpcisView):
    def get(self, request: Request, name: str) -> Response:
        self.require_reader()
        kept = epcis_queries.find_query(self.actor, name)
        rows = epcis_queries.subscriptions_of(kept)
        return Response([told_subscription(each) for each in rows])

    def post(self, request: Request, name: str) -> Response:
        """Send new results to an address from now on."""
        self.require_reader()
        epcis_queries.find_query(self.actor, name)
        said: Any = documents.read_json(self.body())
        caller = request.auth
        subscription = epcis_queries.subscribe(
            by=self.actor,
            name=name,
            said=said,
            at=clock.now(),
            system=caller.system if isinstance(caller, Caller) else None,
        )
        address = f"{settings.SITE_ADDRESS}{ROOT}/{name}/subscriptions/{subscription.pk}"
        return Response(
            told_subscription(subscription),
            status=HTTPStatus.CREATED,
            headers={"Location": address},
        )


class SubscriptionState(EpcisView):
    def get(self, request: Request, name: str, subscription_id: int) -> Response:
        self.require_reader()
        found = epcis_queries.find_subscription(self.actor, name, subscription_id)
        return Response(told_subscription(found))

    def delete(self, request: Request, name: str, subscription_id: int) -> Response:
        self.require_reader()
        epcis_queries.unsubscribe(
            by=self.actor, name=name, subscription_id=subscription_id, at=clock.now()
        )
        return Response(status=HTTPStatus.NO_CONTENT)


def told(query: EpcisQuery) -> dict[str, Any]:
    return {"name": query.name, "query": query.query, "createdAt": query.created_at.isoformat()}


def told_subscription(each: EpcisSubscription) -> dict[str, Any]:
    """Never the token by which the receiver knows us."""
    sent, turn = each.last_sent_at, each.next_at
    way: dict[str, Any] = {"stream": each.schedule is None}
    if each.schedule is not None:
        way |= {"schedule": each.schedule, "nextAt": turn.isoformat() if turn else None}
    return way | {
        "subscriptionID": str(each.pk),
        "createdAt": each.created_at.isoformat(),
        "dest": each.destination,
        "reportIfEmpty": each.reports_empty,
        "lastNotifiedAt": sent.isoformat() if sent else None,
    }
