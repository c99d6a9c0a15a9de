"""An event of several lots names every record that it became, not only the first."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("traceability", "0027_tell_systems_that_capture")]

    operations = [
        migrations.AddField(
            model_name="epcisevent",
            name="more_record_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                default=list,
                size=None,
                verbose_name="其余记录",
            ),
        ),
    ]
