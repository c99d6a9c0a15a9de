"""An operator's current batches by their last day, for what is near its end."""

from django.db import migrations, models

from shilian.db.partitions import MakePartitionedIndex


class Migration(migrations.Migration):
    # Goods come in while the index is made, one month after the other; each step looks how far it
    # was, so that a failure is mended by running the migration again.
    atomic = False
    dependencies = [
        ("traceability", "0011_remember_company_prefix"),
    ]

    operations = [
        MakePartitionedIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("state", "current")),
                fields=["operator", "expires_on"],
                name="batch_operator_last_day",
            ),
        ),
    ]
