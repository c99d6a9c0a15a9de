"""Imports wait for a person at their columns and their preview; confirmed columns are remembered."""

from django.db import migrations, models

import shilian.db.ids


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0008_give_systems_their_link"),
    ]

    operations = [
        migrations.AddField(
            model_name="importsession",
            name="mode",
            field=models.CharField(
                blank=True,
                choices=[
                    ("good_rows", "先导入没有问题的行"),
                    ("all_or_nothing", "全部没有问题才导入"),
                ],
                default="",
                max_length=14,
                verbose_name="导入方式",
            ),
        ),
        migrations.AlterField(
            model_name="importsession",
            name="state",
            field=models.CharField(
                choices=[
                    ("reading", "正在读取"),
                    ("mapping", "待确认列"),
                    ("checking", "正在检查"),
                    ("preview", "待确认"),
                    ("writing", "正在写入"),
                    ("done", "已完成"),
                    ("refused", "未能读取"),
                    ("cancelled", "已取消"),
                ],
                default="reading",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.CreateModel(
            name="ImportMapping",
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
                ("kind", models.CharField(max_length=20, verbose_name="种类")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="表头摘要")),
                (
                    "columns",
                    models.JSONField(
                        default=dict, help_text="字段 → 列的序号，从0起", verbose_name="列对应"
                    ),
                ),
                ("person_id", models.BigIntegerField(null=True, verbose_name="确认人")),
                ("confirmed_at", models.DateTimeField(verbose_name="确认时间")),
            ],
            options={
                "verbose_name": "列对应",
                "verbose_name_plural": "列对应",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "kind", "fingerprint"), name="import_mapping_once"
                    )
                ],
            },
        ),
    ]
