"""What an actor may see: a set of division paths, stations and operators.

Every scoped model says once, in ``Reach``, how it reaches those; ``visible_to(actor)`` does the
rest. Outside the scope an object does not exist (404).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from enterprises.actor import Actor


@dataclass(frozen=True, slots=True)
class Scope:
    """``paths`` are stored division paths; an empty scope sees nothing.

    ``station_paths`` are the paths of the stations' counties, one for each station. ``held_paths``
    are those of the divisions held, without what came to them by mergers and splits: only they tell
    what the actor lies in.
    """

    paths: tuple[str, ...] = ()
    station_ids: tuple[int, ...] = ()
    operator_ids: tuple[int, ...] = ()
    station_paths: tuple[str, ...] = ()
    held_paths: tuple[str, ...] = ()

    @property
    def home_paths(self) -> tuple[str, ...]:
        """Where the actor works: the divisions held and the stations' counties."""
        return (*self.held_paths, *self.station_paths)

    def covers_path(self, path: str) -> bool:
        return any(path.startswith(own) for own in self.paths)

    @property
    def is_empty(self) -> bool:
        return not (self.paths or self.station_ids or self.operator_ids)


NOTHING = Scope()


@dataclass(frozen=True, slots=True)
class Reach:
    """The lookups by which a model reaches its operator, county, leaf division and station.

    An empty lookup means that the model is not seen that way.
    """

    operator: str = "operator_id"
    county: str = "county_id"
    division: str = "division_id"
    station: str = "operator__station_id"


M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """A queryset that doors may only enter through ``visible_to``."""

    reach: ClassVar[Reach] = Reach()

    def visible_to(self, actor: Actor) -> Self:
        """The rows inside the actor's scope; none for an empty scope."""
        return self.filter(self._inside(actor.scope))

    def _inside(self, scope: Scope) -> Q:
        from enterprises.models import Division

        inside = Q(pk__in=[])
        if scope.operator_ids and self.reach.operator:
            inside |= self._any_of(self.reach.operator, scope.operator_ids)
        if scope.station_ids and self.reach.station:
            inside |= self._any_of(self.reach.station, scope.station_ids)
        for path in scope.paths:
            depth = path.count("/") - 1
            if depth <= 1:
                # The root path covers every division there is.
                return Q()
            lookup = self.reach.county if depth <= 3 else self.reach.division
            below = Division.objects.under([path]).values("pk")
            inside |= Q(**{f"{lookup}__in": below})
        return inside

    @staticmethod
    def _any_of(lookup: str, ids: tuple[int, ...]) -> Q:
        # A single id as an equality lets the planner use the row's own index order.
        only: dict[str, Any] = {lookup: ids[0]} if len(ids) == 1 else {f"{lookup}__in": list(ids)}
        return Q(**only)
