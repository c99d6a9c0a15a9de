"""Days tell how many new rows came of the kinds that are owed; of earlier days all new rows count."""

from django.db import migrations, models

FORWARDS = """
UPDATE enterprises_systemday SET due_count = greatest(accepted_count - duplicate_count, 0)"""


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0016_pause_webhooks")]

    operations = [
        migrations.AddField(
            model_name="systemday",
            name="due_count",
            field=models.PositiveIntegerField(
                db_default=0, default=0, verbose_name="应传种类的新记录"
            ),
        ),
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
    ]
