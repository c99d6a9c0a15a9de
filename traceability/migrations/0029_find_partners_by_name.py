"""Partners of an operator by their names, whether their credit code is known or not."""

from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Partners are entered while the index is made; run again after a failure, it goes on.
    atomic = False
    dependencies = [
        ("traceability", "0028_link_all_records_of_events"),
    ]

    operations = [
        MakeIndex(
            model_name="partner",
            index=models.Index(fields=["operator", "name"], name="partner_by_name"),
        ),
    ]
