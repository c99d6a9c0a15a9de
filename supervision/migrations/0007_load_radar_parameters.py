from django.db import migrations


def load(apps, schema_editor):
    from supervision.operations.parameters import load_reviewed

    load_reviewed(
        apps.get_model("supervision", "IndicatorParameter"),
        apps.get_model("supervision", "IndicatorTarget"),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0006_watch_chains_and_months"),
    ]

    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
