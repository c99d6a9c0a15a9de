"""Returned goods by the batch that was sold and by the batch that came back."""

from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Goods come back while the indexes are made; run again after a failure, it goes on.
    atomic = False
    dependencies = [
        ("traceability", "0012_find_batches_by_last_day"),
    ]

    operations = [
        MakeIndex(
            model_name="returnedgoods",
            index=models.Index(
                condition=models.Q(("received_batch_id__isnull", False)),
                fields=["operator", "received_batch_id"],
                name="returned_received_batch",
            ),
        ),
        MakeIndex(
            model_name="returnedgoods",
            index=models.Index(
                fields=["operator", "seller_batch_id"], name="returned_seller_batch"
            ),
        ),
    ]
