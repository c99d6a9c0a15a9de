"""The same delivery told again is found by who brought how much, not among all of its goods that day."""

from django.db import migrations, models

from shilian.db.partitions import MakePartitionedIndex


class Migration(migrations.Migration):
    # Goods come in while the index is made, one month after the other; run again after a failure,
    # it goes on where it was.
    atomic = False
    dependencies = [
        ("traceability", "0023_send_new_events_at_once"),
    ]

    operations = [
        MakePartitionedIndex(
            model_name="purchase",
            index=models.Index(
                fields=["product_id", "purchased_on", "partner_id", "quantity"],
                name="purchase_same_delivery",
            ),
        ),
        migrations.RemoveIndex("purchase", "purchase_product_day"),
    ]
