"""The highest box number that an operator gave out under its prefix."""

from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Boxes are packed while the index is made; run again after a failure, it goes on.
    atomic = False
    dependencies = [
        ("traceability", "0014_keep_voided_boxes"),
    ]

    operations = [
        MakeIndex(
            model_name="package",
            index=models.Index(
                condition=models.Q(("company_prefix", ""), _negated=True),
                fields=["operator", "company_prefix", "-sscc"],
                name="package_given_out",
            ),
        ),
    ]
