from django.db import migrations

# The ledger was once the only sheet; its imports are those of purchases.
FORWARDS = "UPDATE enterprises_importsession SET kind = 'purchases' WHERE kind = 'ledger'"


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0011_fill_import_rows")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
