"""A workbook imported by django-import-export: as it comes, and with its short cuts switched on.

Reads a line ``{"path": workbook, "rows": …}``, prints rows a second: ``{"usual": …, "bulk": …,
"flat": …, "rows": …}``. A row is found again by its voucher number, as ours is by what it says. Goods
and suppliers are in the books before, and are looked up as the package's manual has it; ``flat`` is
a table of texts without them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection

FIELDS = (
    "purchased_on",
    "product_name",
    "specification",
    "quantity",
    "unit",
    "produced_on",
    "batch_number",
    "shelf_life",
    "supplier_name",
    "supplier_code",
    "supplier_address",
    "supplier_person",
    "supplier_phone",
    "origin_place",
    "voucher_number",
)


def main() -> None:
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.admin",
            "import_export",
            "traceability.measures.peers.ledger_import",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ["PGDATABASE"],
                "USER": os.environ["PGUSER"],
                "HOST": os.environ["PGHOST"],
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    asked = json.loads(sys.stdin.readline())
    from traceability.measures.peers.ledger_import import models

    path = Path(asked["path"])
    with connection.schema_editor() as editor:
        for model in (models.FlatPurchase, models.Product, models.Supplier, models.Purchase):
            editor.create_model(model)
    _fill_books(models, path)
    related = _related_fields(models)
    usual = _rows_per_second(models.Purchase, path, fields=related)
    bulk = _rows_per_second(models.Purchase, path, fields=related, is_bulk=True)
    flat = _rows_per_second(models.FlatPurchase, path)
    json.dump({"usual": usual, "bulk": bulk, "flat": flat, "rows": asked["rows"]}, sys.stdout)


def _dataset(path: Path) -> Any:
    from tablib import Dataset

    dataset = Dataset().load(path.read_bytes(), format="xlsx")
    dataset.headers = list(FIELDS)
    return dataset


def _fill_books(models: Any, path: Path) -> None:
    """Enter the goods and suppliers that the ledger names."""
    rows = _dataset(path).dict
    goods = {(row["product_name"], row["specification"], row["unit"]) for row in rows}
    models.Product.objects.bulk_create(
        models.Product(name=name, specification=size, unit=unit) for name, size, unit in goods
    )
    people = {row["supplier_code"]: row for row in rows}
    models.Supplier.objects.bulk_create(
        models.Supplier(
            code=code,
            name=row["supplier_name"],
            address=row["supplier_address"],
            person=row["supplier_person"],
            phone=row["supplier_phone"],
        )
        for code, row in people.items()
    )


def _related_fields(models: Any) -> dict[str, Any]:
    """The supplier by its code, the goods by all that names them."""
    from import_export.fields import Field
    from import_export.widgets import ForeignKeyWidget

    class Goods(ForeignKeyWidget):  # type: ignore[misc]
        def get_queryset(self, value: Any, row: Any, *args: Any, **kwargs: Any) -> Any:
            return self.model.objects.filter(specification=row["specification"], unit=row["unit"])

    return {
        "product": Field("product", "product_name", Goods(models.Product, "name")),
        "supplier": Field("supplier", "supplier_code", ForeignKeyWidget(models.Supplier, "code")),
    }


def _rows_per_second(
    model: Any, path: Path, *, fields: dict[str, Any] | None = None, is_bulk: bool = False
) -> float:
    """From the file on disk to committed rows; the table is emptied before."""
    from import_export import resources

    own = [field.name for field in model._meta.fields if field.name != "id"]
    options: dict[str, Any] = {"model": model, "fields": own}
    options["import_id_fields"] = ["voucher_number"]
    if is_bulk:
        options |= {"use_bulk": True, "skip_diff": True, "batch_size": 1000}
    resource = resources.modelresource_factory(model)
    meta = type("Meta", (), options)
    ledger = type("Ledger", (resource,), {**(fields or {}), "Meta": meta})()
    model.objects.all().delete()
    began = time.perf_counter()
    dataset = _dataset(path)
    result = ledger.import_data(dataset, dry_run=False, raise_errors=True, use_transactions=True)
    seconds = time.perf_counter() - began
    if model.objects.count() != len(dataset):
        raise RuntimeError(f"rows are missing: {result.totals}")
    return len(dataset) / seconds


if __name__ == "__main__":
    main()
