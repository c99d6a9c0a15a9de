from django.apps import AppConfig


class TraceabilityConfig(AppConfig):
    name = "traceability"
    verbose_name = "追溯记录"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enterprises import navigation
        from enterprises.navigation import NavItem
        from enterprises.roles import Permission as P
        from traceability import (  # noqa: F401
            epcis_tasks,
            extracts,
            recall_extract,
            run_extract,
            sandbox_extract,
            tasks,
            trace_extract,
        )
        from traceability.sheets import channels, kinds  # noqa: F401

        channels.register_channels()
        recalls, below = "traceability:recalls", ("traceability:holds",)
        navigation.register(NavItem("召回", recalls, P.TRACE_BATCHES, order=40, also=below))
        navigation.register(
            NavItem("追溯", "traceability:trace", P.TRACE_BATCHES, order=30),
            NavItem("共同来源", "traceability:common_source", P.TRACE_BATCHES, order=35),
        )
