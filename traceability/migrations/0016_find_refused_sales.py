"""What buyers took short or refused, by seller and day."""

from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Goods are answered for while the index is made; run again after a failure, it goes on.
    atomic = False
    dependencies = [
        ("traceability", "0015_find_numbers_given_out"),
    ]

    operations = [
        MakeIndex(
            model_name="incomingdraft",
            index=models.Index(
                condition=models.Q(("state__in", ["accepted_short", "refused"])),
                fields=["seller_operator_id", "-decided_at"],
                name="incoming_seller_unsold",
            ),
        ),
    ]
