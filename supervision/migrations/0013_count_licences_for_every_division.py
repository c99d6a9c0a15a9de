from django.db import migrations, models

# The leaves' counts as they stand, frozen months as well, for the divisions above them; some
# operators hang on a county itself, which then has a row already.
FORWARDS = """
INSERT INTO supervision_licencemonth AS t
  (division_id, month, sector, county_id, licensed_count, licence_valid_count, counted_at)
SELECT part.code::bigint, l.month, l.sector, 0, sum(l.licensed_count), sum(l.licence_valid_count),
  max(l.counted_at)
FROM supervision_licencemonth l JOIN enterprises_division d ON d.id = l.division_id
CROSS JOIN unnest(string_to_array(trim('/' FROM d.path), '/')) AS part(code)
WHERE part.code <> d.code
GROUP BY part.code, l.month, l.sector
ON CONFLICT (division_id, month, sector) DO UPDATE SET
  licensed_count = t.licensed_count + EXCLUDED.licensed_count,
  licence_valid_count = t.licence_valid_count + EXCLUDED.licence_valid_count"""


class Migration(migrations.Migration):
    dependencies = [
        ("enterprises", "0017_tell_due_rows_apart"),
        ("supervision", "0012_sum_months_for_every_division"),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="licencemonth", name="county_id"),
        migrations.AlterField(
            model_name="licencemonth",
            name="division_id",
            field=models.BigIntegerField(verbose_name="区划"),
        ),
    ]
