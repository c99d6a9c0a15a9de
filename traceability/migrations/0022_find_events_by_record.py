"""The events behind a record, and those that tell of a batch."""

import django.contrib.postgres.indexes
from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Events are captured while the indexes are made; run again after a failure, it goes on.
    atomic = False
    dependencies = [
        ("traceability", "0021_list_suspected_duplicates"),
    ]

    operations = [
        MakeIndex(
            model_name="epcisevent",
            index=models.Index(
                condition=models.Q(("record_id__isnull", False)),
                fields=["record_kind", "record_id"],
                name="epcis_of_record",
            ),
        ),
        MakeIndex(
            model_name="epcisevent",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("record_id__isnull", False)),
                fields=["batch_ids"],
                name="epcis_of_batch",
            ),
        ),
    ]
