from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0015_tell_each_client_of_a_recall")]

    operations = [
        migrations.AlterField(
            model_name="webhook",
            name="state",
            field=models.CharField(
                choices=[
                    ("active", "在用"),
                    ("paused", "已暂停"),
                    ("stopped", "多次送不到，已停用"),
                    ("ended", "已取消"),
                ],
                default="active",
                max_length=8,
                verbose_name="状态",
            ),
        ),
    ]
