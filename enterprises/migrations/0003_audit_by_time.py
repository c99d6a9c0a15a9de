from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # The trail of a province is long, and it goes on being written while the index is made.
    atomic = False
    dependencies = [("enterprises", "0002_one_open_job_per_key")]

    operations = [
        MakeIndex(
            model_name="auditentry",
            index=models.Index(fields=["-at", "-id"], name="audit_latest"),
        ),
    ]
