"""Rows of imports are looked for by what is still open, and written without a look at their import."""

import django.db.models.deletion
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Rows are written while the index is made; run again after a failure, it goes on. A key or an
    # index that is gone already is left alone by each step.
    atomic = False
    dependencies = [
        ("enterprises", "0012_name_ledger_imports"),
    ]

    operations = [
        MakeIndex(
            model_name="importrow",
            index=models.Index(
                condition=models.Q(("outcome", "written"), _negated=True),
                fields=["session", "outcome", "row_no"],
                name="import_row_open",
            ),
        ),
        RemoveIndexConcurrently(model_name="importrow", name="import_row_outcome"),
        migrations.AlterField(
            model_name="importrow",
            name="session",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rows",
                to="enterprises.importsession",
                verbose_name="导入",
            ),
        ),
    ]
