"""A purchase with the fifteen columns of the ledger that is imported."""

from __future__ import annotations

from django.db import models


class Purchase(models.Model):
    purchased_on = models.DateField()
    product_name = models.CharField(max_length=80)
    specification = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit = models.CharField(max_length=8)
    produced_on = models.DateField(null=True)
    batch_number = models.CharField(max_length=60, blank=True, db_index=True)
    shelf_life = models.CharField(max_length=20, blank=True)
    supplier_name = models.CharField(max_length=120)
    supplier_code = models.CharField(max_length=18, blank=True)
    supplier_address = models.CharField(max_length=200, blank=True)
    supplier_person = models.CharField(max_length=40, blank=True)
    supplier_phone = models.CharField(max_length=20, blank=True)
    origin_place = models.CharField(max_length=60, blank=True)
    voucher_number = models.CharField(max_length=60, unique=True)

    class Meta:
        app_label = "ledger_import"

    def __str__(self) -> str:
        return self.voucher_number
