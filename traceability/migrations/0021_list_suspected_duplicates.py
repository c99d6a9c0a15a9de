import django.db.models.deletion
from django.db import migrations, models

import shilian.db.ids


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0011_fill_import_rows"),
        ("traceability", "0020_keep_epcis_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="DuplicateSuspect",
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
                ("division_id", models.BigIntegerField(verbose_name="乡镇")),
                ("county_id", models.BigIntegerField(verbose_name="县区")),
                (
                    "kind",
                    models.CharField(
                        choices=[("purchase", "进货"), ("sale", "销售")],
                        max_length=10,
                        verbose_name="种类",
                    ),
                ),
                ("record_id", models.BigIntegerField(verbose_name="后到的记录")),
                ("earlier_id", models.BigIntegerField(verbose_name="先到的记录")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("form", "手机或电脑录入"),
                            ("incoming", "确认来货"),
                            ("sheet", "表格导入"),
                            ("api", "接口上传"),
                            ("market", "菜场"),
                            ("canteen", "山餐安"),
                            ("system", "平台"),
                            ("demo", "演示数据"),
                            ("network", "一网通"),
                        ],
                        max_length=10,
                        verbose_name="后到渠道",
                    ),
                ),
                (
                    "earlier_channel",
                    models.CharField(
                        choices=[
                            ("form", "手机或电脑录入"),
                            ("incoming", "确认来货"),
                            ("sheet", "表格导入"),
                            ("api", "接口上传"),
                            ("market", "菜场"),
                            ("canteen", "山餐安"),
                            ("system", "平台"),
                            ("demo", "演示数据"),
                            ("network", "一网通"),
                        ],
                        max_length=10,
                        verbose_name="先到渠道",
                    ),
                ),
                ("happened_on", models.DateField(verbose_name="业务日期")),
                ("name", models.CharField(max_length=80, verbose_name="食品名称")),
                ("partner_name", models.CharField(max_length=120, verbose_name="往来单位")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=14, verbose_name="数量"),
                ),
                ("unit", models.CharField(max_length=8, verbose_name="单位")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待核对"),
                            ("same", "重复，已留一条"),
                            ("different", "不是重复"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("found_at", models.DateTimeField(verbose_name="发现时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="核对时间")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="核对人")),
                (
                    "decided_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="核对人姓名"
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.operator",
                        verbose_name="经营主体",
                    ),
                ),
            ],
            options={
                "verbose_name": "疑似重复",
                "verbose_name_plural": "疑似重复",
                "indexes": [
                    models.Index(fields=["operator", "-id"], name="duplicate_operator_latest"),
                    models.Index(fields=["county_id", "-id"], name="duplicate_county_latest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "record_id", "earlier_id"), name="duplicate_pair_once"
                    )
                ],
            },
        ),
    ]
