"""A workbook imported by django-import-export: as it comes, and with its short cuts switched on.

Reads a line ``{"path": workbook, "rows": …}``, prints ``{"usual": rows a second,
"bulk": rows a second, "rows": …}``. A row is found again by its voucher number, as ours is by what
it says.
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
    from traceability.measures.peers.ledger_import.models import Purchase

    with connection.schema_editor() as editor:
        editor.create_model(Purchase)
    usual = _rows_per_second(Purchase, Path(asked["path"]), usual=True)
    bulk = _rows_per_second(Purchase, Path(asked["path"]), usual=False)
    json.dump({"usual": usual, "bulk": bulk, "rows": asked["rows"]}, sys.stdout)


def _rows_per_second(model: Any, path: Path, *, usual: bool) -> float:
    """From the file on disk to committed rows; the table is emptied before."""
    from import_export import resources
    from tablib import Dataset

    options: dict[str, Any] = {"model": model, "fields": FIELDS}
    options["import_id_fields"] = ["voucher_number"]
    if not usual:
        options |= {"use_bulk": True, "skip_diff": True, "batch_size": 1000}
    resource = resources.modelresource_factory(model)
    ledger = type("Ledger", (resource,), {"Meta": type("Meta", (), options)})()
    model.objects.all().delete()
    began = time.perf_counter()
    dataset = Dataset().load(path.read_bytes(), format="xlsx")
    dataset.headers = list(FIELDS)
    result = ledger.import_data(dataset, dry_run=False, raise_errors=True, use_transactions=True)
    seconds = time.perf_counter() - began
    if model.objects.count() != len(dataset):
        raise RuntimeError(f"rows are missing: {result.totals}")
    return len(dataset) / seconds


if __name__ == "__main__":
    main()
