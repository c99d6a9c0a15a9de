"""What a sheet of each kind says: its columns, what a row means, and how its rows become records."""

from traceability.sheets.ledger import (
    COLUMNS,
    SHOWN_AT,
    TITLES,
    Ledger,
    LedgerLine,
    column_of,
    doubled,
    read_ledger,
    read_line,
)

__all__ = [
    "COLUMNS",
    "SHOWN_AT",
    "TITLES",
    "Ledger",
    "LedgerLine",
    "column_of",
    "doubled",
    "read_ledger",
    "read_line",
]
