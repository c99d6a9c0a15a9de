"""Every kind of sheet there is: whoever imports this finds each of them by its code."""

from traceability.sheets.base import KINDS, SheetKind, find_kind
from traceability.sheets.inspections import INSPECTIONS
from traceability.sheets.partners import PARTNERS
from traceability.sheets.production import PRODUCTION
from traceability.sheets.products import PRODUCTS
from traceability.sheets.purchases import PURCHASES
from traceability.sheets.sales import SALES

__all__ = [
    "INSPECTIONS",
    "KINDS",
    "PARTNERS",
    "PRODUCTION",
    "PRODUCTS",
    "PURCHASES",
    "SALES",
    "SheetKind",
    "find_kind",
]
