from django.db import migrations

# Applications made before they went from county to city to province wait for their county.
FORWARDS = """
UPDATE enterprises_selfbuiltsystem SET stage = 'county' WHERE state = 'applied' AND stage = ''"""


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0013_find_open_import_rows")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
