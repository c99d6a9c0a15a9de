from django.db import migrations, models

from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # Months of a whole province, filled while the index is made.
    atomic = False
    dependencies = [("supervision", "0002_load_parameters")]

    operations = [
        MakeIndex(
            model_name="operatormonth",
            index=models.Index(
                condition=models.Q(("unmatched_count__gt", 0)),
                fields=["month", "operator"],
                name="operator_month_unmatched",
            ),
        ),
    ]
