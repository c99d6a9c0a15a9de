"""Migrations that meet data of an earlier release."""

from __future__ import annotations

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from enterprises.models import SelfBuiltSystem, WebhookDelivery
from shilian import clock
from tests.builders.systems import SignedClient, make_system, make_webhook

pytestmark = pytest.mark.django_db(databases=["default", "owner"], transaction=True)
KEYS = (
    "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
    " AND conrelid = 'enterprises_importrow'::regclass"
)
INDEXES = (
    "SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid"
    " AND indrelid = 'enterprises_importrow'::regclass"
)


def ask(sql: str) -> list[tuple[object, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


def migrate(before: str, name: str) -> None:
    """Run the steps of the migration against the database as it stands."""
    loader = MigrationExecutor(connections["owner"]).loader
    state = loader.project_state([("enterprises", before)])
    migration = loader.get_migration("enterprises", name)
    with connections["owner"].schema_editor(atomic=migration.atomic) as editor:
        migration.apply(state, editor)


def test_the_rows_of_imports_get_their_index_from_wherever_it_stopped() -> None:
    indexes = set(ask(INDEXES))
    ask("DROP INDEX import_row_open")
    ask("CREATE INDEX import_row_outcome ON enterprises_importrow (session_id, outcome)")
    ask("CREATE INDEX of_the_key ON enterprises_importrow (session_id)")
    ask(
        "ALTER TABLE enterprises_importrow ADD CONSTRAINT to_session"
        " FOREIGN KEY (session_id) REFERENCES enterprises_importsession (id)"
    )

    for _ in range(2):
        migrate("0012_name_ledger_imports", "0013_find_open_import_rows")

        assert set(ask(INDEXES)) == indexes
        assert ask(KEYS) == [(0,)]


def test_an_application_of_before_the_chain_waits_for_its_county() -> None:
    waiting, served = make_system(), make_system()
    SelfBuiltSystem.objects.filter(pk=waiting.pk).update(state="applied", in_service_since=None)

    migrate("0013_find_open_import_rows", "0014_pass_on_old_applications")

    waiting.refresh_from_db()
    served.refresh_from_db()
    assert (waiting.stage, served.stage) == ("county", "")


def test_what_was_told_of_a_recall_is_not_told_again() -> None:
    webhook = make_webhook(SignedClient(make_system()))
    recall, operator = 7_000_000_000_001, 6_000_000_000_002
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        event="recall.notified",
        subject_id=recall ^ operator,
        body={"recall_id": str(recall)},
        next_at=clock.now(),
        created_at=clock.now(),
    )
    migration = MigrationExecutor(connections["owner"]).loader.get_migration(
        "enterprises", "0015_tell_each_client_of_a_recall"
    )
    [split] = [step for step in migration.operations if hasattr(step, "sql")]

    ask(split.sql)

    delivery.refresh_from_db()
    assert (delivery.subject_id, delivery.operator_id) == (recall, operator)
