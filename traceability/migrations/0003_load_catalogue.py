from django.db import migrations


def load(apps, schema_editor):
    from traceability.operations.catalogue import load_reviewed

    load_reviewed(
        apps.get_model("traceability", "GoodsClass"),
        apps.get_model("traceability", "GoodsCategory"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("traceability", "0002_keep_former_batch_and_returns"),
    ]

    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
