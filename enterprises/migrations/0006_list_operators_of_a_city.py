from django.db import migrations, models

import enterprises.models.operators
from shilian.db.indexes import MakeIndex


class Migration(migrations.Migration):
    # The register of a province is long, and goes on being written while the index is made.
    atomic = False
    dependencies = [("enterprises", "0005_find_and_list_operators")]

    operations = [
        MakeIndex(
            model_name="operator",
            index=models.Index(
                enterprises.models.operators.CityCode("division_path"),
                models.OrderBy(models.F("id"), descending=True),
                name="operator_city_latest",
            ),
        ),
    ]
