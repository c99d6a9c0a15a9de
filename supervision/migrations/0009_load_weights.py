from django.db import migrations


def load(apps, schema_editor):
    from supervision.operations.parameters import load_weights

    load_weights(apps.get_model("supervision", "ScoreWeights"))


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0008_approve_changes_and_weigh_scores"),
    ]

    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
