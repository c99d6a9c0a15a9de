"""django-import-export in a tiny Django project of one ledger table, run with ``python -m``."""
