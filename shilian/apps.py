from __future__ import annotations

from django.apps import AppConfig


class ShilianConfig(AppConfig):
    name = "shilian"
    verbose_name = "平台"
