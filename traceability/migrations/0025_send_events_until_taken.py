"""What an event made itself; subscriptions with sealed tokens, their system and their next try.

Events captured before are taken to have made nothing: declaring one wrong leaves its record alone.
"""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from shilian import sealing


def seal_tokens(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep each token as the operation that makes a subscription does."""
    model = apps.get_model("traceability", "EpcisSubscription")
    subscriptions = model.objects.using(schema_editor.connection.alias)
    for each in subscriptions.exclude(signature_token=""):
        context = f"epcis subscription {each.pk}"
        each.sealed_token = sealing.seal(each.signature_token, context=context)
        each.save(update_fields=["sealed_token"])


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0012_name_ledger_imports"),
        ("traceability", "0024_find_same_deliveries"),
    ]

    operations = [
        migrations.AddField(
            model_name="epcisevent",
            name="made_record",
            field=models.BooleanField(default=False, verbose_name="由它记成"),
        ),
        migrations.AddField(
            model_name="epcissubscription",
            name="sealed_token",
            field=models.BinaryField(
                default=b"", max_length=900, verbose_name="加密保存的签名口令"
            ),
        ),
        migrations.RunPython(seal_tokens, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(model_name="epcissubscription", name="signature_token"),
        migrations.AddField(
            model_name="epcissubscription",
            name="failed_count",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="连续失败"),
        ),
        migrations.AddField(
            model_name="epcissubscription",
            name="next_at",
            field=models.DateTimeField(null=True, verbose_name="下次再送"),
        ),
        migrations.AddField(
            model_name="epcissubscription",
            name="system",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="enterprises.selfbuiltsystem",
                verbose_name="自建系统",
            ),
        ),
    ]
