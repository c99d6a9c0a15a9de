"""The WSGI application, inside the wrappers that may answer before Django."""

from __future__ import annotations

import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shilian.settings")


def _wrapped(application: Any) -> Any:
    from django.conf import settings
    from django.utils.module_loading import import_string

    for name in reversed(settings.WSGI_WRAPPERS):
        application = import_string(name)(application)
    return application


application = _wrapped(get_wsgi_application())
