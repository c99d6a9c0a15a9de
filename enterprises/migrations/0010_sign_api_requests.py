"""Keys of systems, used nonces, answers to repeat, webhooks."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import shilian.db.ids


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0009_import_any_sheet"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsedNonce",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False, verbose_name="摘要")),
                ("expires_at", models.DateTimeField(db_index=True, verbose_name="失效时间")),
            ],
            options={
                "verbose_name": "用过的随机数",
                "verbose_name_plural": "用过的随机数",
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
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
                ("key_id", models.CharField(max_length=24, unique=True, verbose_name="密钥编号")),
                (
                    "sealed_secret",
                    models.BinaryField(max_length=200, verbose_name="加密保存的密钥"),
                ),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("hmac-sha256", "HMAC-SHA256"), ("hmac-sm3", "HMAC-SM3（国密）")],
                        default="hmac-sha256",
                        max_length=12,
                        verbose_name="算法",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "有效"), ("revoked", "已吊销")],
                        default="active",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("valid_from", models.DateTimeField(verbose_name="启用时间")),
                (
                    "retires_at",
                    models.DateTimeField(
                        help_text="更换密钥后，旧密钥用到这时", null=True, verbose_name="到期时间"
                    ),
                ),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="吊销时间")),
                (
                    "revoke_reason",
                    models.CharField(
                        blank=True, default="", max_length=200, verbose_name="吊销原因"
                    ),
                ),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="最近使用")),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="enterprises.selfbuiltsystem",
                        verbose_name="自建系统",
                    ),
                ),
            ],
            options={
                "verbose_name": "接口密钥",
                "verbose_name_plural": "接口密钥",
            },
        ),
        migrations.CreateModel(
            name="UploadedItem",
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
                ("system_id", models.BigIntegerField(verbose_name="自建系统")),
                ("operator_id", models.BigIntegerField(verbose_name="经营主体")),
                ("kind", models.CharField(max_length=20, verbose_name="记录种类")),
                ("external_id", models.CharField(max_length=64, verbose_name="企业内部编号")),
                ("content_hash", models.BinaryField(max_length=16, verbose_name="内容摘要")),
                ("record_id", models.BigIntegerField(verbose_name="记录")),
                ("upload_id", models.BigIntegerField(verbose_name="接口回执")),
            ],
            options={
                "verbose_name": "接口上传的记录",
                "verbose_name_plural": "接口上传的记录",
                "indexes": [
                    models.Index(
                        fields=["system_id", "operator_id", "kind", "-id"],
                        name="item_system_latest",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("system_id", "operator_id", "kind", "external_id"),
                        name="item_once_per_system",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
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
                ("url", models.CharField(max_length=500, verbose_name="地址")),
                (
                    "sealed_secret",
                    models.BinaryField(max_length=200, verbose_name="加密保存的密钥"),
                ),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("incoming.created", "有来货待确认"),
                                ("recall.notified", "收到召回通知"),
                                ("ping", "测试"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                        verbose_name="事件",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "在用"),
                            ("stopped", "多次送不到，已停用"),
                            ("ended", "已取消"),
                        ],
                        default="active",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
                ("failing_since", models.DateTimeField(null=True, verbose_name="从何时起送不到")),
                ("stopped_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhooks",
                        to="enterprises.selfbuiltsystem",
                        verbose_name="自建系统",
                    ),
                ),
            ],
            options={
                "verbose_name": "推送地址",
                "verbose_name_plural": "推送地址",
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
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
                    "event",
                    models.CharField(
                        choices=[
                            ("incoming.created", "有来货待确认"),
                            ("recall.notified", "收到召回通知"),
                            ("ping", "测试"),
                        ],
                        max_length=20,
                        verbose_name="事件",
                    ),
                ),
                ("subject_id", models.BigIntegerField(verbose_name="对象编号")),
                ("body", models.JSONField(verbose_name="内容")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待发送"),
                            ("arrived", "已送达"),
                            ("given_up", "未送达"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                ("next_at", models.DateTimeField(verbose_name="下次发送")),
                (
                    "last_status",
                    models.PositiveSmallIntegerField(null=True, verbose_name="对方状态码"),
                ),
                (
                    "last_error",
                    models.CharField(
                        blank=True, default="", max_length=120, verbose_name="没送到的原因"
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="产生时间")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="enterprises.webhook",
                        verbose_name="推送地址",
                    ),
                ),
            ],
            options={
                "verbose_name": "推送记录",
                "verbose_name_plural": "推送记录",
            },
        ),
        migrations.CreateModel(
            name="ApiUpload",
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
                ("idempotency_key", models.CharField(max_length=80, verbose_name="幂等键")),
                ("request_hash", models.BinaryField(max_length=32, verbose_name="请求摘要")),
                ("kind", models.CharField(max_length=20, verbose_name="记录种类")),
                ("operator_id", models.BigIntegerField(verbose_name="经营主体")),
                ("status", models.PositiveSmallIntegerField(verbose_name="状态码")),
                ("answer", models.TextField(verbose_name="回答")),
                ("sent_count", models.PositiveIntegerField(verbose_name="上传条数")),
                ("accepted_count", models.PositiveIntegerField(verbose_name="接收条数")),
                ("created_at", models.DateTimeField(db_index=True, verbose_name="时间")),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.apikey",
                        verbose_name="密钥",
                    ),
                ),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enterprises.selfbuiltsystem",
                        verbose_name="自建系统",
                    ),
                ),
            ],
            options={
                "verbose_name": "接口回执",
                "verbose_name_plural": "接口回执",
                "indexes": [models.Index(fields=["system", "-id"], name="upload_system_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("api_key", "idempotency_key"), name="upload_once_per_key"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "ended"), _negated=True),
                fields=("system", "url"),
                name="webhook_address_once",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_at"], name="delivery_due"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["webhook", "-id"], name="delivery_webhook_latest"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(
                fields=("webhook", "event", "subject_id"), name="delivery_once"
            ),
        ),
    ]
