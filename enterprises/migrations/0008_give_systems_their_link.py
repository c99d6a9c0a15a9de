from django.db import migrations

# Systems registered before the register was kept by link are of their operator's link.
FORWARDS = """
UPDATE enterprises_selfbuiltsystem s SET sector = o.sector
FROM enterprises_operator o WHERE o.id = s.operator_id AND s.sector = ''"""


class Migration(migrations.Migration):
    dependencies = [("enterprises", "0007_register_systems")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
