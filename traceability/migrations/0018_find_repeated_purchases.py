"""A product's purchases by day: whether a delivery that is told again was recorded before."""

from django.db import migrations, models

from shilian.db.partitions import MakePartitionedIndex


class Migration(migrations.Migration):
    # Goods come in while the index is made, one month after the other; run again after a failure,
    # it goes on where it was.
    atomic = False
    dependencies = [
        ("traceability", "0017_review_what_uploads_enter"),
    ]

    operations = [
        MakePartitionedIndex(
            model_name="purchase",
            index=models.Index(fields=["product_id", "purchased_on"], name="purchase_product_day"),
        ),
    ]
