"""The database fills in what good rows do not say; a finished import knows whether it was looked at."""

from django.db import migrations, models
from django.db.models import Value

NOTHING = Value({}, models.JSONField())
NO_PROBLEMS = Value([], models.JSONField())


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0010_sign_api_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="importsession",
            name="seen_at",
            field=models.DateTimeField(null=True, verbose_name="结果查看时间"),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="raw",
            field=models.JSONField(db_default=NOTHING, default=dict, verbose_name="原文"),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="values",
            field=models.JSONField(db_default=NOTHING, default=dict, verbose_name="规范值"),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="changes",
            field=models.JSONField(db_default=NOTHING, default=dict, verbose_name="变更"),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="problems",
            field=models.JSONField(db_default=NO_PROBLEMS, default=list, verbose_name="问题"),
        ),
    ]
