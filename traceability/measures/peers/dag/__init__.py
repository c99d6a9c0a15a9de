"""django-dag in a tiny Django project of this one app, run with ``python -m``."""
