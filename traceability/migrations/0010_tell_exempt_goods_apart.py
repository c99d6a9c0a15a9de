"""Add the categories of goods that need no shelf life, and name their neighbours apart from them.

Goods already in a broad category stay there: only their operator knows what is in the bottle.
"""

from django.db import migrations

RENAMED = {
    "alcohol": ("酒类", "酒类（酒精度低于10%vol或未标明，如啤酒）"),
    "condiment": ("调味品", "调味品（酱油、酱、香辛料等）"),
    "sweets": ("糖果、巧克力、食糖", "糖果、巧克力及其他糖类"),
}


def tell_apart(apps, schema_editor):
    from traceability.operations.catalogue import load_reviewed

    categories = apps.get_model("traceability", "GoodsCategory")
    load_reviewed(apps.get_model("traceability", "GoodsClass"), categories)
    for code, (before, after) in RENAMED.items():
        categories.objects.filter(code=code, name=before).update(name=after)


def name_as_before(apps, schema_editor):
    categories = apps.get_model("traceability", "GoodsCategory")
    for code, (before, after) in RENAMED.items():
        categories.objects.filter(code=code, name=after).update(name=before)


class Migration(migrations.Migration):
    dependencies = [
        ("traceability", "0009_record_runs_and_movements"),
    ]

    operations = [
        migrations.RunPython(tell_apart, name_as_before),
    ]
