from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("traceability", "0026_send_events_by_timetable")]

    operations = [
        migrations.AddField(
            model_name="epciscapture",
            name="system_id",
            field=models.BigIntegerField(null=True, verbose_name="自建系统"),
        ),
    ]
