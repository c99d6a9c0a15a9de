import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

import enterprises.models.operators
from shilian.db.indexes import DropFieldIndex, MakeIndex

ADDED = [
    models.Index(fields=["county", "-id"], name="operator_county_latest"),
    models.Index(fields=["station", "-id"], name="operator_station_latest"),
    models.Index(fields=["division", "-id"], name="operator_division_latest"),
    GinIndex(enterprises.models.operators.Characters("name"), name="operator_name_characters"),
    models.Index(
        fields=["pinyin"], name="operator_pinyin_prefix", opclasses=["varchar_pattern_ops"]
    ),
]
REPLACED = ["operator_county_state", "operator_station", "operator_division"]
PLACES = {
    "county": {"related_name": "county_operators", "verbose_name": "县区"},
    "division": {"related_name": "operators", "verbose_name": "所在乡镇"},
}


class Migration(migrations.Migration):
    # The register of a province is long, and goes on being written while the indexes are made. Each
    # step looks how far it was, so that a failure is mended by running the migration again.
    atomic = False
    dependencies = [("enterprises", "0004_operator_changes")]

    operations = [
        *(MakeIndex(model_name="operator", index=index) for index in ADDED),
        *(RemoveIndexConcurrently(model_name="operator", name=name) for name in REPLACED),
        DropFieldIndex(
            model_name="licence",
            name="operator",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="licences",
                to="enterprises.operator",
                verbose_name="经营主体",
            ),
        ),
        *(
            DropFieldIndex(
                model_name="operator",
                name=name,
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="enterprises.division",
                    **names,
                ),
            )
            for name, names in PLACES.items()
        ),
        DropFieldIndex(
            model_name="operator",
            name="station",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operators",
                to="enterprises.station",
                verbose_name="监管所",
            ),
        ),
    ]
