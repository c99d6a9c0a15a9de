"""What officers answer for because of the mergers and splits that were told before."""

from django.db import migrations


def settle(apps, schema_editor):
    from enterprises.operations.successions import settle_answering

    settle_answering(
        apps.get_model("enterprises", "Division"),
        apps.get_model("enterprises", "DivisionSuccession"),
    )


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0019_answer_for_replaced_divisions")]

    operations = [migrations.RunPython(settle, migrations.RunPython.noop)]
