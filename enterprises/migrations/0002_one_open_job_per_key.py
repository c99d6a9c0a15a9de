from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0001_who_and_where")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="key",
            field=models.CharField(
                blank=True,
                default="",
                help_text="同一键同时只有一个未结束的任务",
                max_length=100,
                verbose_name="唯一键",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(key="", _negated=True), state__in=["queued", "running"]
                ),
                fields=("key",),
                name="job_open_once_per_key",
            ),
        ),
    ]
