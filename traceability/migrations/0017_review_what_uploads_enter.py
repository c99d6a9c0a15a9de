"""Mark the products and partners that an upload entered, and those that are another's second name."""

from django.db import migrations, models

TO_REVIEW = {"db_default": False, "default": False, "verbose_name": "待核对"}


class Migration(migrations.Migration):
    dependencies = [
        ("traceability", "0016_find_refused_sales"),
    ]

    operations = [
        migrations.AddField("product", "needs_review", models.BooleanField(**TO_REVIEW)),
        migrations.AddField(
            "product",
            "merged_into_id",
            models.BigIntegerField(blank=True, null=True, verbose_name="并入的商品"),
        ),
        migrations.AddField("partner", "needs_review", models.BooleanField(**TO_REVIEW)),
        migrations.AddField(
            "partner",
            "merged_into_id",
            models.BigIntegerField(blank=True, null=True, verbose_name="并入的往来单位"),
        ),
    ]
