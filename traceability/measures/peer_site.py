"""The platform as a WSGI application without its public cache, and with a plain view beside it.

Only ``measures.scan`` starts it: settings, middleware and database are the platform's own.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shilian.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.ROOT_URLCONF = "traceability.measures.peer_urls"
application = get_wsgi_application()
