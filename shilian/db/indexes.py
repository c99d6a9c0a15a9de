"""Index changes on large tables: without a lock, and able to be run again after any failure.

Such a migration is not atomic: what failed halfway leaves its first steps done, and perhaps an
index that PostgreSQL calls invalid and never uses. Each step here finds out how far it was.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AlterField
from django.db.migrations.state import ProjectState
from django.db.models import Index

VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class MakeIndex(AddIndexConcurrently):
    """Make the index unless it is there; one that was left invalid is made anew."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        is_valid = validity(schema_editor, self.index.name)
        if is_valid:
            return
        if is_valid is False:
            drop(schema_editor, self.index.name)
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class DropFieldIndex(NotInTransactionMixin, AlterField):
    """Let a foreign key go without an index of its own; the key itself is not touched.

    Django's own change would drop the key and check every row again under a lock.
    """

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        declared = {index.name for index in model._meta.indexes}
        editor: Any = schema_editor
        for name in editor._constraint_names(
            model, [column], index=True, type_=Index.suffix, exclude=declared
        ):
            drop(schema_editor, name)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        editor: Any = schema_editor
        editor.execute(editor._create_index_sql(model, fields=[field], concurrently=True))


def validity(schema_editor: BaseDatabaseSchemaEditor, name: str) -> bool | None:
    """Whether the index may be used; None when there is none."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(VALID, [schema_editor.quote_name(name)])
        row = cursor.fetchone()
    return row[0] if row else None


def drop(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    """Take the index away without a lock, if there is one."""
    schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")
