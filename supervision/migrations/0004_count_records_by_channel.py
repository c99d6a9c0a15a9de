from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0003_find_unmatched_months"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChannelMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month",
                        "county_id",
                        "channel",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField(verbose_name="月份")),
                ("county_id", models.BigIntegerField(verbose_name="县区")),
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
                        verbose_name="渠道",
                    ),
                ),
                ("record_count", models.PositiveIntegerField(default=0, verbose_name="记录数")),
                ("operator_count", models.PositiveIntegerField(default=0, verbose_name="主体数")),
                ("waiting_count", models.PositiveIntegerField(default=0, verbose_name="疑似重复")),
                ("same_count", models.PositiveIntegerField(default=0, verbose_name="确认重复")),
                ("counted_at", models.DateTimeField(verbose_name="统计时间")),
            ],
            options={
                "verbose_name": "渠道月统计",
                "verbose_name_plural": "渠道月统计",
            },
        ),
    ]
