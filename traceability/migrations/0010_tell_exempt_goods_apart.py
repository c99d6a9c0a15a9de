"""Add the categories of goods that need no shelf life, and name their neighbours apart from them.

Goods already in a broad category stay there: only their operator knows what is in the bottle.
"""

from datetime import date

from django.db import migrations

ADDED = (
    ("strong_alcohol", "酒类（酒精度10%vol及以上，如白酒、葡萄酒）", "K08_ALCOHOL", "15类"),
    ("vinegar", "食醋", None, "03类"),
    ("salt", "食用盐", None, "03类"),
    ("msg", "味精", None, "03类"),
    ("sugar", "食糖（白砂糖、绵白糖、红糖、冰糖等固态糖）", None, ""),
)
RENAMED = {
    "alcohol": ("酒类", "酒类（酒精度低于10%vol或未标明，如啤酒）"),
    "condiment": ("调味品", "调味品（酱油、酱、香辛料等）"),
    "sweets": ("糖果、巧克力、食糖", "糖果、巧克力及其他糖类"),
}


def tell_apart(apps, schema_editor):
    categories = apps.get_model("traceability", "GoodsCategory")
    rows = [
        categories(
            code=code,
            name=name,
            goods_class_id=goods_class,
            is_farm_produce=False,
            documents="供货者许可证；出厂检验合格证或其他合格证明",
            legal_basis=f"《食品生产许可分类目录》{chapter}",
            effective_from=date(2020, 1, 1),
            reviewed_on=date(2026, 11, 1),
        )
        for code, name, goods_class, chapter in ADDED
    ]
    # Where the catalogue was first loaded with them, they are there already.
    categories.objects.bulk_create(rows, ignore_conflicts=True)
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
