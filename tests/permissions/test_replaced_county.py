"""The county of the matrix is merged into a new one: both its officers and the new one's reach all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from enterprises.actor import platform_actor
from enterprises.models import Division, Operator
from enterprises.operations import successions
from enterprises.roles import Role
from enterprises.rules.successions import Succession
from shilian import clock
from tests.builders import enterprises as build
from tests.permissions.matrix import Entry
from tests.permissions.test_matrix import ENTRIES, _case, _is_answer, ask
from tests.permissions.world import World, _signed_in, make_world

# An export is the person's own who asked for it.
OWN = ("enterprises:job", "enterprises:export_file")
GUARDED = [entry for entry in ENTRIES if entry.expected.get("GET", {}).get("county") == "ok"]


@pytest.fixture(scope="module")
def merged(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world of the matrix after the merger, with an officer of the new county."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_world()
        old = Operator.objects.get(pk=world.things["operator_id"]).division
        new = build.make_county(code="370116", name="新设区")
        township = build.make_township(code="370116001", name="新设街道", county=new)
        pairs = [(old.parent.code, new.code), (old.code, township.code)]
        successions.replace_divisions(
            by=platform_actor(),
            rows=[Succession(*pair) for pair in pairs],
            effective_on=clock.today(),
            at=clock.now(),
        )
        person = build.make_person(login="matrix_successor", name="人员")
        new = Division.objects.get(pk=new.pk)
        build.give_role(person, Role.COUNTY_OFFICER, division=new)
        world.sessions["successor"] = _signed_in(person)
        yield world
        transaction.set_rollback(True)


@pytest.mark.parametrize("entry", GUARDED, ids=_case)
def test_a_merger_takes_nobodys_access(entry: Entry, merged: World) -> None:
    answers = {
        actor: ask(entry, "GET", merged, actor)
        for actor in ("county", "successor", "station", "neighbour")
    }

    wanted = entry.expected["GET"]
    wanted = wanted | {"successor": "hidden" if entry.name in OWN else "ok"}
    wrong = {
        actor: (wanted[actor], answer.status_code)
        for actor, answer in answers.items()
        if not _is_answer(answer, wanted[actor])
    }
    assert wrong == {}


def test_the_officer_of_the_old_county_is_told(merged: World) -> None:
    entry = next(each for each in ENTRIES if each.name == "supervision:dashboard")

    told = ask(entry, "GET", merged, "county").content.decode()
    other = ask(entry, "GET", merged, "successor").content.decode()

    assert "您的账号登记在历下区，这个区划已经撤并" in told
    assert "这个区划已经撤并" not in other
    assert "本辖区接续了" in other
