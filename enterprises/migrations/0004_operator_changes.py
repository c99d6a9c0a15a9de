from django.db import migrations, models

import shilian.db.ids


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0003_audit_by_time")]

    operations = [
        migrations.CreateModel(
            name="OperatorChange",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=shilian.db.ids.new_id,
                        primary_key=True,
                        serialize=False,
                        verbose_name="编号",
                    ),
                ),
                ("operator_id", models.BigIntegerField(verbose_name="经营主体")),
            ],
            options={"verbose_name": "名册变动", "verbose_name_plural": "名册变动"},
        ),
    ]
