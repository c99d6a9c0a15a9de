from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("traceability", "0018_find_repeated_purchases"),
    ]

    operations = [
        migrations.AlterField(
            model_name="factoryinspection",
            name="channel",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="purchase",
            name="channel",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="run",
            name="channel",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="sale",
            name="channel",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="stockmovement",
            name="channel",
            field=models.CharField(
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
    ]
