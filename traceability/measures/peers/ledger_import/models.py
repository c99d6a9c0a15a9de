"""The fifteen columns of the ledger as rows of one table, and as purchases of known goods and suppliers."""

from __future__ import annotations

from django.db import models


class _Facts(models.Model):
    """What both tables have of a purchase."""

    purchased_on = models.DateField()
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit = models.CharField(max_length=8)
    produced_on = models.DateField(null=True)
    batch_number = models.CharField(max_length=60, blank=True, db_index=True)
    shelf_life = models.CharField(max_length=20, blank=True)
    origin_place = models.CharField(max_length=60, blank=True)
    voucher_number = models.CharField(max_length=60, unique=True)

    class Meta:
        app_label = "ledger_import"
        abstract = True

    def __str__(self) -> str:
        return self.voucher_number


class FlatPurchase(_Facts):
    """Everything in one row, as no platform can keep it: nothing is looked up."""

    product_name = models.CharField(max_length=80)
    specification = models.CharField(max_length=60, blank=True)
    supplier_name = models.CharField(max_length=120)
    supplier_code = models.CharField(max_length=18, blank=True)
    supplier_address = models.CharField(max_length=200, blank=True)
    supplier_person = models.CharField(max_length=40, blank=True)
    supplier_phone = models.CharField(max_length=20, blank=True)


class Product(models.Model):
    name = models.CharField(max_length=80)
    specification = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=8)

    class Meta:
        app_label = "ledger_import"
        constraints = [
            models.UniqueConstraint(fields=["name", "specification", "unit"], name="product_once")
        ]

    def __str__(self) -> str:
        return self.name


class Supplier(models.Model):
    code = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    person = models.CharField(max_length=40, blank=True)
    phone = models.CharField(max_length=20, blank=True)

    class Meta:
        app_label = "ledger_import"

    def __str__(self) -> str:
        return self.name


class Purchase(_Facts):
    """What ours is, less the batch: goods and supplier are entries of the books."""

    product = models.ForeignKey(Product, models.PROTECT)
    supplier = models.ForeignKey(Supplier, models.PROTECT)
