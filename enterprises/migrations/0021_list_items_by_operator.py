"""Items of an operator, newest first; the index by system tempted the planner away from the numbers."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Systems upload while the index is made; run again after a failure, it goes on.
    atomic = False
    dependencies = [
        ("enterprises", "0020_fill_answering"),
    ]

    operations = [
        MakeIndex(
            model_name="uploadeditem",
            index=models.Index(fields=["operator_id", "-id"], name="item_operator_latest"),
        ),
        RemoveIndexConcurrently(model_name="uploadeditem", name="item_system_latest"),
    ]
