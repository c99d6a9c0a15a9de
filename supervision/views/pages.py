"""What every page of the bureau does first: who looks, at which division, month and link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from django.utils.cache import patch_cache_control

from enterprises.models import Division, Sector
from enterprises.queries import divisions
from enterprises.roles import Permission
from enterprises.views.pages import Visit
from shilian import clock
from supervision.filters import PlaceForm
from supervision.rules.months import default_month
from supervision.views.replaced import ReplacedNote, replaced_note

View = Callable[..., HttpResponseBase]


class OfficerRequest(Visit):
    """A request behind ``bureau_page``: somebody is signed in and may look."""


def bureau_page(permission: Permission) -> Callable[[View], View]:
    """The page is for those who hold the permission; strangers are asked to sign in.

    Its answers are kept by no cache: they hold names and phone numbers.
    Raises: Forbidden.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: OfficerRequest, **kwargs: object) -> HttpResponseBase:
            if request.actor.is_anonymous:
                return redirect_to_login(request.get_full_path())
            request.actor.require(permission)
            response = view(request, **kwargs)
            patch_cache_control(response, private=True, no_store=True)
            return response

        return guarded

    return decorate


@dataclass(frozen=True, slots=True)
class Place:
    """What a bureau's page is about; ``query`` carries it to the next page.

    ``replaced``: what the page says where the division was replaced or took others over.
    """

    division: Division
    month: date
    sector: Sector | None
    rank_by: str
    replaced: ReplacedNote

    def query(self, **changes: str) -> str:
        """The address part that opens the same place with some things changed."""
        asked = {"division": self.division.code, "month": f"{self.month:%Y-%m}"}
        if self.sector:
            asked["sector"] = self.sector
        asked["by"] = self.rank_by
        return "?" + urlencode({k: v for k, v in (asked | changes).items() if v})


def place_of(request: OfficerRequest) -> Place:
    """The division, month and link in the address; by default one's own, at the running month.

    Raises: OutOfScope for a division outside the actor's sight.
    """
    chosen = PlaceForm(request.GET).chosen()
    code = chosen.get("division")
    division = (
        divisions.division_in_sight(request.actor, code)
        if code
        else divisions.home_division(request.actor)
    )
    return Place(
        division=division,
        month=chosen.get("month") or default_month(clock.today()),
        sector=Sector(chosen["sector"]) if chosen.get("sector") else None,
        rank_by=chosen.get("by") or "activity",
        replaced=replaced_note(request.actor, division),
    )
