import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import shilian.db.ids


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0001_who_and_where"),
        ("traceability", "0006_open_trace_cases"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recall",
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
                ("request_key", models.UUIDField(unique=True, verbose_name="提交编号")),
                (
                    "level",
                    models.CharField(
                        choices=[("first", "一级"), ("second", "二级"), ("third", "三级")],
                        max_length=8,
                        verbose_name="级别",
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("failed_sample", "抽检不合格"),
                            ("complaint", "投诉举报"),
                            ("own_finding", "自查发现"),
                        ],
                        max_length=16,
                        verbose_name="来由",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="召回原因")),
                ("is_drill", models.BooleanField(verbose_name="演练")),
                ("tells_upstream", models.BooleanField(verbose_name="通知上游")),
                ("product_name", models.CharField(max_length=120, verbose_name="召回的食品")),
                (
                    "start_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="起点批次"
                    ),
                ),
                (
                    "left_out_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        size=None,
                        verbose_name="移出的批次",
                    ),
                ),
                ("operator_id", models.BigIntegerField(null=True, verbose_name="发起主体")),
                ("initiator", models.CharField(max_length=120, verbose_name="发起者")),
                ("started_by", models.BigIntegerField(null=True, verbose_name="发起人")),
                (
                    "started_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="发起人姓名"
                    ),
                ),
                ("known_at", models.DateTimeField(verbose_name="知悉风险时间")),
                ("started_at", models.DateTimeField(verbose_name="启动时间")),
                ("start_due_at", models.DateTimeField(verbose_name="应启动时间")),
                ("finish_due_on", models.DateField(verbose_name="应完成日期")),
                ("legal_basis", models.CharField(max_length=120, verbose_name="依据")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "进行中"),
                            ("finished", "已完成"),
                            ("cancelled", "已撤销"),
                        ],
                        default="active",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("ended_by", models.BigIntegerField(null=True, verbose_name="结束人")),
                (
                    "ended_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="结束人姓名"
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "ended_note",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="总结或撤销原因"
                    ),
                ),
                ("batch_count", models.PositiveIntegerField(default=0, verbose_name="涉及批次数")),
                ("holder_count", models.PositiveIntegerField(default=0, verbose_name="通知主体数")),
                ("county_count", models.PositiveIntegerField(default=0, verbose_name="涉及县区数")),
                (
                    "trace_ms",
                    models.PositiveIntegerField(default=0, verbose_name="追踪用时（毫秒）"),
                ),
                (
                    "trace_cut",
                    models.CharField(
                        blank=True, default="", max_length=8, verbose_name="未走完的原因"
                    ),
                ),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.division",
                        verbose_name="发起者所在区划",
                    ),
                ),
            ],
            options={
                "verbose_name": "召回",
                "verbose_name_plural": "召回",
            },
        ),
        migrations.CreateModel(
            name="RecallBatch",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "recall_id",
                        "batch_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("batch_id", models.BigIntegerField(verbose_name="批次")),
                ("operator_id", models.BigIntegerField(verbose_name="持有者")),
                ("county_id", models.BigIntegerField(verbose_name="县区")),
                ("hop", models.PositiveSmallIntegerField(verbose_name="层级")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=3, max_digits=14, verbose_name="数量"),
                ),
                ("unit", models.CharField(max_length=8, verbose_name="单位")),
                (
                    "passed_on",
                    models.DecimalField(
                        decimal_places=3, default=0, max_digits=14, verbose_name="已转出"
                    ),
                ),
                ("added_at", models.DateTimeField(verbose_name="列入时间")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="移出时间")),
                (
                    "left",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, null=True, verbose_name="封存未售"
                    ),
                ),
                (
                    "recovered",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, null=True, verbose_name="已追回"
                    ),
                ),
                (
                    "sold",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, null=True, verbose_name="已售未追回"
                    ),
                ),
                (
                    "destroyed",
                    models.DecimalField(
                        decimal_places=3, max_digits=14, null=True, verbose_name="已销毁"
                    ),
                ),
                (
                    "recall",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="traceability.recall",
                        verbose_name="召回",
                    ),
                ),
            ],
            options={
                "verbose_name": "召回批次",
                "verbose_name_plural": "召回批次",
            },
        ),
        migrations.CreateModel(
            name="RecallEvent",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("started", "启动召回"),
                            ("widened", "扩大范围"),
                            ("narrowed", "缩小范围"),
                            ("acknowledged", "确认收到"),
                            ("answered", "报告数量"),
                            ("corrected", "更正数量"),
                            ("finished", "完成召回"),
                            ("cancelled", "撤销召回"),
                        ],
                        max_length=12,
                        verbose_name="事项",
                    ),
                ),
                ("person_id", models.BigIntegerField(null=True, verbose_name="经手人")),
                (
                    "person_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="经手人姓名"
                    ),
                ),
                ("operator_id", models.BigIntegerField(null=True, verbose_name="经营主体")),
                (
                    "note",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="说明"),
                ),
                ("details", models.JSONField(default=dict, verbose_name="内容")),
                (
                    "recall",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="traceability.recall",
                        verbose_name="召回",
                    ),
                ),
            ],
            options={
                "verbose_name": "召回经过",
                "verbose_name_plural": "召回经过",
            },
        ),
        migrations.CreateModel(
            name="RecallNotice",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "recall_id",
                        "operator_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("division_id", models.BigIntegerField(verbose_name="乡镇")),
                ("county_id", models.BigIntegerField(verbose_name="县区")),
                (
                    "role",
                    models.CharField(
                        choices=[("holder", "持有者"), ("source", "上游来源")],
                        max_length=8,
                        verbose_name="身份",
                    ),
                ),
                ("batch_count", models.PositiveIntegerField(verbose_name="批次数")),
                ("sent_at", models.DateTimeField(verbose_name="通知时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="取消时间")),
                ("acknowledged_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                ("answered_at", models.DateTimeField(null=True, verbose_name="回复时间")),
                ("answered_by", models.BigIntegerField(null=True, verbose_name="回复人")),
                (
                    "answered_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="回复人姓名"
                    ),
                ),
                (
                    "note",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="说明"),
                ),
                (
                    "evidence_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        size=None,
                        verbose_name="凭证",
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
                (
                    "recall",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="traceability.recall",
                        verbose_name="召回",
                    ),
                ),
            ],
            options={
                "verbose_name": "召回通知",
                "verbose_name_plural": "召回通知",
            },
        ),
        migrations.CreateModel(
            name="Hold",
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
                ("batch_id", models.BigIntegerField(verbose_name="批次")),
                ("division_id", models.BigIntegerField(verbose_name="乡镇")),
                ("county_id", models.BigIntegerField(verbose_name="县区")),
                ("reason", models.CharField(max_length=200, verbose_name="冻结原因")),
                ("is_official", models.BooleanField(verbose_name="监管部门冻结")),
                ("held_by", models.BigIntegerField(null=True, verbose_name="冻结人")),
                (
                    "held_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="冻结人姓名"
                    ),
                ),
                ("held_at", models.DateTimeField(verbose_name="冻结时间")),
                ("released_by", models.BigIntegerField(null=True, verbose_name="解除人")),
                (
                    "released_name",
                    models.CharField(
                        blank=True, default="", max_length=60, verbose_name="解除人姓名"
                    ),
                ),
                ("released_at", models.DateTimeField(null=True, verbose_name="解除时间")),
                (
                    "release_reason",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="解除原因"
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
                        verbose_name="持有者",
                    ),
                ),
            ],
            options={
                "verbose_name": "冻结",
                "verbose_name_plural": "冻结",
                "indexes": [models.Index(fields=["operator", "-id"], name="hold_operator_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at", None)),
                        fields=("batch_id",),
                        name="hold_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="hold_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_at", None),
                            models.Q(("release_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="hold_release_has_reason",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="recall",
            index=models.Index(fields=["division", "-id"], name="recall_division_latest"),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="recall_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(("start_ids__len__gt", 0)), name="recall_begins_somewhere"
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(("known_at__lte", models.F("started_at"))),
                name="recall_starts_after_it_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state", "active")),
                    models.Q(
                        models.Q(("state", "active"), _negated=True),
                        ("ended_at__isnull", False),
                        models.Q(("ended_note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="recall_end_has_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="recallbatch",
            index=models.Index(fields=["batch_id"], name="recall_batch"),
        ),
        migrations.AddIndex(
            model_name="recallbatch",
            index=models.Index(fields=["recall", "operator_id"], name="recall_batch_holder"),
        ),
        migrations.AddIndex(
            model_name="recallevent",
            index=models.Index(fields=["recall", "-id"], name="recall_event_latest"),
        ),
        migrations.AddIndex(
            model_name="recallnotice",
            index=models.Index(fields=["operator", "-recall"], name="recall_notice_operator"),
        ),
        migrations.AddIndex(
            model_name="recallnotice",
            index=models.Index(
                fields=["recall", "county_id", "operator"],
                include=("answered_at", "acknowledged_at", "withdrawn_at"),
                name="recall_notice_county",
            ),
        ),
    ]
