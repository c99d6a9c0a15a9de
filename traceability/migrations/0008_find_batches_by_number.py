"""Batches by the number that stands on the package, for whoever does not know their holder."""

from django.db import migrations, models

from shilian.db.partitions import MakePartitionedIndex


class Migration(migrations.Migration):
    # Goods come in while the index is made, one month after the other; each step looks how far it
    # was, so that a failure is mended by running the migration again.
    atomic = False
    dependencies = [
        ("enterprises", "0006_list_operators_of_a_city"),
        ("traceability", "0007_recall_batches"),
    ]

    operations = [
        MakePartitionedIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("batch_number", ""), _negated=True),
                fields=["batch_number"],
                name="batch_number_known",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
