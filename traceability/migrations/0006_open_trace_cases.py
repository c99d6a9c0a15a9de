import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import shilian.db.ids


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0001_who_and_where"),
        ("traceability", "0005_walk_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="TraceCase",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("failed_sample", "抽检不合格"),
                            ("complaint", "投诉举报"),
                            ("illness", "疑似食源性疾病"),
                            ("inspection", "监督检查"),
                            ("drill", "演练"),
                        ],
                        max_length=16,
                        verbose_name="事由",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="情况说明")),
                (
                    "start_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="起点批次"
                    ),
                ),
                ("bureau", models.CharField(max_length=60, verbose_name="申请单位")),
                ("asked_path", models.CharField(max_length=80, verbose_name="申请查看的辖区")),
                ("asked_name", models.CharField(max_length=60, verbose_name="申请查看的辖区名称")),
                ("days", models.PositiveSmallIntegerField(verbose_name="申请天数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "待批准"),
                            ("approved", "已批准"),
                            ("refused", "未批准"),
                            ("closed", "已结案"),
                        ],
                        default="requested",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("requested_by", models.BigIntegerField(null=True, verbose_name="申请人")),
                ("requested_name", models.CharField(max_length=60, verbose_name="申请人姓名")),
                ("requested_at", models.DateTimeField(verbose_name="申请时间")),
                ("decided_by", models.BigIntegerField(null=True, verbose_name="审批人")),
                (
                    "decided_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="审批人姓名"
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="审批时间")),
                (
                    "decision_note",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="审批意见"
                    ),
                ),
                ("expires_at", models.DateTimeField(null=True, verbose_name="有效期至")),
                ("closed_by", models.BigIntegerField(null=True, verbose_name="结案人")),
                (
                    "closed_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="结案人姓名"
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True, verbose_name="结案时间")),
                (
                    "closing_note",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="结案说明"
                    ),
                ),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.division",
                        verbose_name="申请单位所在区划",
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.station",
                        verbose_name="监管所",
                    ),
                ),
            ],
            options={
                "verbose_name": "追溯案件",
                "verbose_name_plural": "追溯案件",
            },
        ),
        migrations.CreateModel(
            name="TraceRun",
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
                ("at", models.DateTimeField(verbose_name="时间")),
                ("person_id", models.BigIntegerField(null=True, verbose_name="查看人")),
                (
                    "person_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="查看人姓名"
                    ),
                ),
                (
                    "bureau",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="查看单位"
                    ),
                ),
                ("operator_id", models.BigIntegerField(null=True, verbose_name="经营主体")),
                ("division_id", models.BigIntegerField(null=True, verbose_name="查看单位所在区划")),
                ("station_id", models.BigIntegerField(null=True, verbose_name="监管所")),
                (
                    "start_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="起点批次"
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("up", "向上溯源"), ("down", "向下追踪")],
                        max_length=4,
                        verbose_name="方向",
                    ),
                ),
                ("duration_ms", models.PositiveIntegerField(verbose_name="用时（毫秒）")),
                ("node_count", models.PositiveIntegerField(verbose_name="批次数")),
                ("link_count", models.PositiveIntegerField(verbose_name="流转数")),
                ("operator_count", models.PositiveIntegerField(verbose_name="涉及主体数")),
                ("shown_count", models.PositiveIntegerField(verbose_name="可见批次数")),
                ("depth", models.PositiveSmallIntegerField(verbose_name="层级")),
                (
                    "cut",
                    models.CharField(
                        blank=True, default="", max_length=8, verbose_name="未走完的原因"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="traceability.tracecase",
                        verbose_name="追溯案件",
                    ),
                ),
            ],
            options={
                "verbose_name": "追溯记录",
                "verbose_name_plural": "追溯记录",
            },
        ),
        migrations.CreateModel(
            name="AccessReceipt",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "operator_id",
                        "day",
                        "case_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("operator_id", models.BigIntegerField(verbose_name="经营主体")),
                ("day", models.DateField(verbose_name="日期")),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="traceability.tracecase",
                        verbose_name="追溯案件",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="traceability.tracerun",
                        verbose_name="追溯记录",
                    ),
                ),
            ],
            options={
                "verbose_name": "查阅回执",
                "verbose_name_plural": "查阅回执",
            },
        ),
        migrations.AddIndex(
            model_name="tracecase",
            index=models.Index(fields=["division", "-id"], name="trace_case_division_latest"),
        ),
        migrations.AddConstraint(
            model_name="tracecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="trace_case_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="tracecase",
            constraint=models.CheckConstraint(
                condition=models.Q(("start_ids__len__gt", 0)), name="trace_case_starts_somewhere"
            ),
        ),
        migrations.AddConstraint(
            model_name="tracecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["requested", "closed"]),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="trace_case_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="tracecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by__isnull", True),
                    ("requested_by__isnull", True),
                    models.Q(("decided_by", models.F("requested_by")), _negated=True),
                    _connector="OR",
                ),
                name="trace_case_decided_by_a_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="tracecase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    ("expires_at__gt", models.F("decided_at")),
                    _connector="OR",
                ),
                name="trace_case_open_case_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="tracerun",
            index=models.Index(fields=["case", "-id"], name="trace_run_case_latest"),
        ),
        migrations.AddIndex(
            model_name="tracerun",
            index=models.Index(fields=["division_id", "-id"], name="trace_run_division_latest"),
        ),
    ]
