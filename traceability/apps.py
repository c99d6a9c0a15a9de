from django.apps import AppConfig


class TraceabilityConfig(AppConfig):
    name = "traceability"
    verbose_name = "追溯记录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enterprises import navigation
        from enterprises.navigation import NavItem
        from enterprises.roles import Permission as P
        from traceability import extracts, tasks  # noqa: F401

        navigation.register(
            NavItem("共同来源", "traceability:common_source", P.TRACE_BATCHES, order=35)
        )
