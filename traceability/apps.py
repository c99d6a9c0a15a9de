from django.apps import AppConfig


class TraceabilityConfig(AppConfig):
    name = "traceability"
    verbose_name = "追溯记录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from traceability import extracts, tasks  # noqa: F401
