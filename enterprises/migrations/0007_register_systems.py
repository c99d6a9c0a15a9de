import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import shilian.db.ids


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0006_list_operators_of_a_city"),
    ]

    operations = [
        migrations.CreateModel(
            name="SandboxTrial",
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
                (
                    "door",
                    models.CharField(
                        choices=[("file", "文件"), ("api", "接口")],
                        max_length=6,
                        verbose_name="方式",
                    ),
                ),
                (
                    "record_kind",
                    models.CharField(
                        choices=[
                            ("purchases", "进货台账"),
                            ("sales", "销售台账"),
                            ("inspections", "出厂检验"),
                            ("production", "生产投料"),
                            ("products", "产品"),
                            ("partners", "往来单位"),
                        ],
                        max_length=12,
                        verbose_name="记录种类",
                    ),
                ),
                ("file_name", models.CharField(blank=True, max_length=120, verbose_name="文件")),
                ("day", models.DateField(verbose_name="日期")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("person_name", models.CharField(blank=True, max_length=60, verbose_name="提交人")),
                ("sent_count", models.PositiveIntegerField(default=0, verbose_name="条数")),
                ("good_count", models.PositiveIntegerField(default=0, verbose_name="合格条数")),
                ("warned_count", models.PositiveIntegerField(default=0, verbose_name="有提示条数")),
                ("errors", models.JSONField(default=dict, verbose_name="退回原因")),
                ("problems", models.JSONField(default=list, verbose_name="问题明细")),
            ],
            options={
                "verbose_name": "试传记录",
                "verbose_name_plural": "试传记录",
            },
        ),
        migrations.CreateModel(
            name="SystemAlert",
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
                ("silent_since", models.DateField(verbose_name="第一个缺传日")),
                ("missed_days", models.PositiveSmallIntegerField(verbose_name="缺传天数")),
                ("opened_at", models.DateTimeField(verbose_name="提醒时间")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="解除时间")),
            ],
            options={
                "verbose_name": "上传中断提醒",
                "verbose_name_plural": "上传中断提醒",
            },
        ),
        migrations.CreateModel(
            name="SystemClient",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("claimed", "待经营户确认"),
                            ("confirmed", "已确认"),
                            ("refused", "经营户不同意"),
                            ("ended", "已解除"),
                        ],
                        default="claimed",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("claimed_at", models.DateTimeField(verbose_name="认领时间")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="确认时间"),
                ),
            ],
            options={
                "verbose_name": "渠道代传",
                "verbose_name_plural": "渠道代传",
            },
        ),
        migrations.CreateModel(
            name="SystemStep",
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
                ("round", models.PositiveSmallIntegerField(verbose_name="申报轮次")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("applied", "提交申报"),
                            ("approved", "审核通过"),
                            ("refused", "退回"),
                            ("withdrawn", "撤回"),
                            ("change_asked", "申请变更"),
                            ("contact_changed", "更新联系方式"),
                            ("ended", "停用"),
                        ],
                        max_length=16,
                        verbose_name="事项",
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("county", "县区局"),
                            ("city", "市局"),
                            ("province", "省局业务处"),
                        ],
                        max_length=10,
                        verbose_name="层级",
                    ),
                ),
                ("person_id", models.BigIntegerField(null=True, verbose_name="办理人编号")),
                ("person_name", models.CharField(max_length=60, verbose_name="办理人")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="意见")),
                ("details", models.JSONField(default=dict, verbose_name="变更内容")),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "登记环节",
                "verbose_name_plural": "登记环节",
            },
        ),
        migrations.AddField(
            model_name="invitation",
            name="sector",
            field=models.CharField(
                blank=True,
                choices=[
                    ("production", "生产"),
                    ("circulation", "流通"),
                    ("catering", "餐饮"),
                    ("special", "特殊食品"),
                    ("farm", "种植养殖"),
                ],
                default="",
                max_length=12,
                verbose_name="业务处环节",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="sector",
            field=models.CharField(
                blank=True,
                choices=[
                    ("production", "生产"),
                    ("circulation", "流通"),
                    ("catering", "餐饮"),
                    ("special", "特殊食品"),
                    ("farm", "种植养殖"),
                ],
                default="",
                help_text="省局业务处人员所管的环节，空白为不分环节",
                max_length=12,
                verbose_name="业务处环节",
            ),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="docking",
            field=models.CharField(
                choices=[
                    ("api", "接口上传"),
                    ("epcis", "EPCIS 2.0 接口"),
                    ("file", "批量导入文件"),
                ],
                default="api",
                max_length=10,
                verbose_name="对接方式",
            ),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("own", "自建系统"),
                    ("market", "菜场"),
                    ("network", "一网通"),
                    ("canteen", "山餐安"),
                ],
                default="own",
                max_length=10,
                verbose_name="类别",
            ),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="pending",
            field=models.JSONField(blank=True, null=True, verbose_name="待审核的变更"),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="planned_since",
            field=models.DateField(blank=True, null=True, verbose_name="计划启用日期"),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="record_kinds",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("purchases", "进货台账"),
                        ("sales", "销售台账"),
                        ("inspections", "出厂检验"),
                        ("production", "生产投料"),
                        ("products", "产品"),
                        ("partners", "往来单位"),
                    ],
                    max_length=12,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="上传的记录",
            ),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="round",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="申报轮次"),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="sector",
            field=models.CharField(
                blank=True,
                choices=[
                    ("production", "生产"),
                    ("circulation", "流通"),
                    ("catering", "餐饮"),
                    ("special", "特殊食品"),
                    ("farm", "种植养殖"),
                ],
                default="",
                max_length=12,
                verbose_name="环节",
            ),
        ),
        migrations.AddField(
            model_name="selfbuiltsystem",
            name="stage",
            field=models.CharField(
                blank=True,
                choices=[("county", "县区局"), ("city", "市局"), ("province", "省局业务处")],
                default="",
                max_length=10,
                verbose_name="待办层级",
            ),
        ),
        migrations.AddField(
            model_name="systemday",
            name="duplicate_count",
            field=models.PositiveIntegerField(default=0, verbose_name="重复条数"),
        ),
        migrations.AddField(
            model_name="systemday",
            name="errors",
            field=models.JSONField(default=dict, verbose_name="退回原因"),
        ),
        migrations.AddField(
            model_name="systemday",
            name="last_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="最后上传时间"),
        ),
        migrations.AddField(
            model_name="systemday",
            name="late_count",
            field=models.PositiveIntegerField(default=0, verbose_name="迟报条数"),
        ),
        migrations.AlterField(
            model_name="selfbuiltsystem",
            name="state",
            field=models.CharField(
                choices=[
                    ("applied", "审核中"),
                    ("in_service", "在用"),
                    ("ended", "停用"),
                    ("refused", "未通过"),
                    ("withdrawn", "已撤回"),
                ],
                default="applied",
                max_length=12,
                verbose_name="状态",
            ),
        ),
        migrations.AddIndex(
            model_name="selfbuiltsystem",
            index=models.Index(
                condition=models.Q(("stage", ""), _negated=True),
                fields=["stage"],
                name="system_waiting_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfbuiltsystem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["applied", "in_service"])),
                fields=("operator", "name"),
                name="system_named_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfbuiltsystem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "in_service"), _negated=True),
                    ("in_service_since__isnull", False),
                    _connector="OR",
                ),
                name="system_in_service_has_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="selfbuiltsystem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stage", ""), ("state__in", ["applied", "in_service"]), _connector="OR"
                ),
                name="system_stage_while_alive",
            ),
        ),
        migrations.AddField(
            model_name="sandboxtrial",
            name="operator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="trials",
                to="enterprises.operator",
                verbose_name="经营主体",
            ),
        ),
        migrations.AddField(
            model_name="sandboxtrial",
            name="system",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="trials",
                to="enterprises.selfbuiltsystem",
                verbose_name="自建系统",
            ),
        ),
        migrations.AddField(
            model_name="systemalert",
            name="system",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alerts",
                to="enterprises.selfbuiltsystem",
                verbose_name="自建系统",
            ),
        ),
        migrations.AddField(
            model_name="systemclient",
            name="operator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="channels",
                to="enterprises.operator",
                verbose_name="经营主体",
            ),
        ),
        migrations.AddField(
            model_name="systemclient",
            name="system",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clients",
                to="enterprises.selfbuiltsystem",
                verbose_name="渠道",
            ),
        ),
        migrations.AddField(
            model_name="systemstep",
            name="system",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="enterprises.selfbuiltsystem",
                verbose_name="自建系统",
            ),
        ),
        migrations.AddIndex(
            model_name="sandboxtrial",
            index=models.Index(fields=["operator", "-id"], name="trial_operator_latest"),
        ),
        migrations.AddIndex(
            model_name="sandboxtrial",
            index=models.Index(fields=["system", "day"], name="trial_system_day"),
        ),
        migrations.AddConstraint(
            model_name="sandboxtrial",
            constraint=models.CheckConstraint(
                condition=models.Q(("good_count__lte", models.F("sent_count"))),
                name="trial_good_of_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="systemalert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("system",),
                name="system_alert_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="systemclient",
            constraint=models.UniqueConstraint(
                fields=("system", "operator"), name="system_client_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="systemstep",
            constraint=models.UniqueConstraint(
                condition=models.Q(("action", "approved")),
                fields=("system", "round", "stage"),
                name="system_stage_approved_once",
            ),
        ),
    ]
