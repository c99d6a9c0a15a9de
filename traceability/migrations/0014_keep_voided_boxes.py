"""The box of a voided batch stays; its number is free for the box that bears the label."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("traceability", "0013_find_returns_by_batch"),
    ]

    operations = [
        migrations.AddField(
            model_name="package",
            name="is_void",
            field=models.BooleanField(default=False, verbose_name="已作废"),
        ),
        migrations.RemoveConstraint(model_name="package", name="package_sscc_once"),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("sscc", ""), _negated=True), ("is_void", False)),
                fields=("operator", "sscc"),
                name="package_sscc_once",
            ),
        ),
    ]
