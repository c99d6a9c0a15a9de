from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("traceability", "0025_send_events_until_taken")]

    operations = [
        migrations.AddField(
            model_name="epcissubscription",
            name="last_error",
            field=models.CharField(
                blank=True, default="", max_length=120, verbose_name="没送到的原因"
            ),
        ),
        migrations.AddField(
            model_name="epcissubscription",
            name="schedule",
            field=models.JSONField(null=True, verbose_name="时刻表"),
        ),
        migrations.AddField(
            model_name="epcissubscription",
            name="reports_empty",
            field=models.BooleanField(default=False, verbose_name="没有新事件也送"),
        ),
    ]
