"""Every model names itself in Chinese and in print, and no migration is missing or forked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

OURS = ("enterprises", "traceability", "supervision")
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _label(model: type[models.Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", MODELS, ids=_label)
def test_a_model_prints_itself(model: type[models.Model]) -> None:
    assert any("__str__" in vars(parent) for parent in model.__mro__ if _is_ours(parent))


def _is_ours(parent: type[Any]) -> bool:
    return parent.__module__.split(".")[0] in OURS


@pytest.mark.parametrize("model", MODELS, ids=_label)
def test_a_model_is_named_in_chinese(model: type[models.Model]) -> None:
    assert CHINESE.search(str(model._meta.verbose_name))
    assert CHINESE.search(str(model._meta.verbose_name_plural))


@pytest.mark.parametrize("model", MODELS, ids=_label)
def test_save_is_not_overridden_and_nothing_is_ordered_by_default(
    model: type[models.Model],
) -> None:
    assert not any("save" in vars(parent) for parent in model.__mro__ if _is_ours(parent))
    assert not model._meta.ordering


def test_shilian_owns_no_tables() -> None:
    assert list(apps.get_app_config("shilian").get_models()) == []


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    with translation.override(None):
        wanted = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))

        missing = wanted.changes(graph=loader.graph)

    assert {label: steps for label, steps in missing.items() if label in OURS} == {}


@pytest.mark.parametrize("label", OURS)
def test_migrations_form_one_line(label: str) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)

    assert len(loader.graph.leaf_nodes(label)) <= 1
