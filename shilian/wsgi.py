"""The WSGI application, inside the wrappers that may answer before Django."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shilian.settings")
# A thread that has its answer from the database waits so long at most for one that computes. With
# the usual 5 ms two threads that make thirty short queries each take turns at a crawl.
sys.setswitchinterval(0.000_5)


def _wrapped(application: Any) -> Any:
    from django.conf import settings
    from django.utils.module_loading import import_string

    for name in reversed(settings.WSGI_WRAPPERS):
        application = import_string(name)(application)
    return application


application = _wrapped(get_wsgi_application())
# What is loaded by now stays: the collector need not look through it again and again, nor after
# every few hundred of the small objects that an upload of many records makes.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 20, 50)
