"""The officers' and administrators' menu: each app registers its pages, the layout prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from enterprises.actor import ANONYMOUS, Actor
from enterprises.queries import divisions
from enterprises.roles import Permission


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the menu; ``order`` places it among those of the other apps.

    ``also``: names of pages that belong to the entry and lie under another address.
    """

    label: str
    url_name: str
    permission: Permission
    order: int = 50
    also: tuple[str, ...] = ()


_items: list[NavItem] = []


def register(*items: NavItem) -> None:
    """Add pages to the menu; called from an app's ``ready()``, may be called twice."""
    for item in items:
        if item not in _items:
            _items.append(item)
    _items.sort(key=lambda item: item.order)


def items_for(actor: Actor) -> list[NavItem]:
    """The entries whose permission the actor holds; none for operators, who have their own bar."""
    if actor.is_operator:
        return []
    return [item for item in _items if actor.may(item.permission)]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what ``layouts/officer.html`` prints; looked up only when it does.

    Cost: one query for the jurisdiction's name, on pages that show it.
    """
    actor: Actor = getattr(request, "actor", ANONYMOUS)
    return {
        "nav": SimpleLazyObject(lambda: _printed(items_for(actor), request.path)),
        "jurisdiction": SimpleLazyObject(lambda: divisions.jurisdiction_name(actor)),
        "former": actor.former,
        "goes_on": actor.goes_on,
        "person_name": SimpleLazyObject(lambda: actor.name),
    }


def _printed(items: list[NavItem], path: str) -> list[dict[str, Any]]:
    owners = {reverse(name): item for item in items for name in (item.url_name, *item.also)}
    # The longest address that the page lies under is the entry it belongs to.
    current = max((url for url in owners if path.startswith(url)), key=len, default="")
    return [
        {
            "label": item.label,
            "url": reverse(item.url_name),
            "current": owners.get(current) is item,
        }
        for item in items
    ]
