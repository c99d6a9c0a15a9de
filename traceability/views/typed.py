"""What was typed on a page of several forms, and the forms it fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django import forms
from django.http import QueryDict

from enterprises.views.pages import Visit
from shilian.problems import Problem, warnings
from shilian.text import normalise
from shilian.web import controls
from shilian.web.forms import TidyForm
from traceability.forms import ChosenIds, ConfirmedForm, read_id
from traceability.views.pages import is_kept

F = TypeVar("F", bound=TidyForm)
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Typed:
    """The values of one request; ``judged`` says whether faults are to be shown already."""

    data: QueryDict = field(default_factory=QueryDict)
    files: Any = None
    judged: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.data

    def text(self, name: str) -> str:
        return normalise(self.data.get(name, ""))

    def number(self, name: str) -> int | None:
        """The whole number typed there; None when it is none."""
        return read_id(self.text(name))

    def lines(self) -> list[int]:
        """The numbers of the lines on the page, in their order."""
        typed = self.data.getlist("line")
        found = [read_id(text) for text in typed]
        return list(dict.fromkeys(id_ for id_ in found if id_ is not None))[:MOST_LINES]

    def form(
        self, kind: type[F], prefix: str = "", initial: Mapping[str, Any] | None = None, **more: Any
    ) -> F:
        """The form with what was typed: judged, or only filled in again."""
        if self.judged:
            return kind(self.data, self.files, prefix=prefix or None, **more)
        filled = dict(initial or {}) | self._typed_in(kind, prefix)
        return kind(prefix=prefix or None, initial=filled, **more)

    def _typed_in(self, kind: type[TidyForm], prefix: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        fields: Mapping[str, forms.Field] = kind.base_fields
        for name, asked in fields.items():
            key = f"{prefix}-{name}" if prefix else name
            if key in self.data:
                many = isinstance(asked, ChosenIds)
                values[name] = self.data.getlist(key) if many else self.data.get(key)
        return values


def typed_in(request: Visit, *, judged: bool) -> Typed:
    """What the request carries: a sent form, or one kept over a new sign-in."""
    if request.method == "POST":
        return Typed(request.POST, request.FILES, judged)
    return Typed(request.GET) if is_kept(request) else Typed()


def share_out(problems: Iterable[Problem], head: TidyForm, lines: Mapping[int, TidyForm]) -> None:
    """Put each problem where its field is: in its line, or in the head of the page, once."""
    seen: set[tuple[str, str]] = set()
    for problem in problems:
        line = lines.get(problem.row) if problem.row is not None else None
        if line is not None and (problem.field in line.fields or problem.field not in head.fields):
            add_further(line, [problem])
        elif (problem.code, problem.message) not in seen:
            seen.add((problem.code, problem.message))
            add_further(head, [problem])


def said(form: TidyForm, **stand_ins: Any) -> dict[str, Any]:
    """What the form says, with a harmless stand-in for each field that could not be read.

    So the rules judge the rest in the same round; nothing is ever written from stand-ins.
    """
    return dict.fromkeys(form.fields, "") | stand_ins | form.cleaned_data


def add_further(form: TidyForm, problems: Iterable[Problem]) -> None:
    """Show the problems at their fields, except at those that have a fault of their own already."""
    faulty = set(form.errors)
    form.add_problems(problem for problem in problems if problem.field not in faulty)


def unconfirmed(form: ConfirmedForm, problems: Iterable[Problem]) -> list[str]:
    """The warnings that the person has not yet seen and pressed on knowingly."""
    found = sorted({problem.message for problem in warnings(problems)})
    return [] if not found or form.has_confirmed(found) else found


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right; ``target`` is the field it leads to, empty for the whole page."""

    text: str
    target: str = ""


def faults_of(parts: Iterable[tuple[str, TidyForm]]) -> list[Fault]:
    """The faults of several forms, each form called by the name beside it."""
    found: list[Fault] = []
    for name, form in parts:
        if not form.is_bound:
            continue
        before = f"{name}：" if name else ""
        found += [Fault(f"{before}{text}") for text in form.non_field_errors()]
        found += [
            Fault(f"{before}{text}", controls.anchor(field))
            for field in form
            for text in field.errors
        ]
    return found
