"""What the balance pages of operators and officers share."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest

from enterprises.models import Operator
from traceability.filters import BalanceFilter
from traceability.queries import balance
from traceability.rules.balance import reviewed_tolerances

CURSOR = "balance-cursor"


def context_of(request: HttpRequest, operator: Operator, *, today: date) -> dict[str, Any]:
    """The lists' tabs, filter, lines and limits. Cost: one query."""
    asked = BalanceFilter(request.GET).asked(today)
    found = balance.page_of_balance(operator, asked, after=_cursor(request))
    return {
        "form": _form(request, asked),
        "asked": asked,
        "lines": found.lines,
        "tabs": _tabs(asked),
        "next_url": _next(request, found.next_key),
        "first_url": _first(request) if "cursor" in request.GET else "",
        "tolerances": [row for row in reviewed_tolerances() if row.is_in_force(asked.until)],
    }


def _form(request: HttpRequest, asked: balance.Asked) -> BalanceFilter:
    """The filter with the period that the lists are of, also when none was asked for."""
    told = request.GET.copy()
    told["since"], told["until"] = asked.since.isoformat(), asked.until.isoformat()
    return BalanceFilter(told)


def _tabs(asked: balance.Asked) -> list[dict[str, Any]]:
    period = {"since": asked.since.isoformat(), "until": asked.until.isoformat()}
    return [
        {
            "label": label,
            "url": f"?{urlencode({'kind': kind} | period)}",
            "current": kind == asked.kind,
        }
        for kind, label in balance.KINDS.items()
    ]


def _cursor(request: HttpRequest) -> tuple[Any, ...] | None:
    """Where the page begins; a damaged cursor begins at the top."""
    try:
        return tuple(signing.loads(request.GET.get("cursor", ""), salt=CURSOR))
    except signing.BadSignature:
        return None


def _first(request: HttpRequest) -> str:
    query = request.GET.copy()
    del query["cursor"]
    return f"?{query.urlencode()}"


def _next(request: HttpRequest, key: tuple[Any, ...] | None) -> str:
    if key is None:
        return ""
    query = request.GET.copy()
    query["cursor"] = signing.dumps(list(key), salt=CURSOR)
    return f"?{query.urlencode()}"
