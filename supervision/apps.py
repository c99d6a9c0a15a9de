from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = "监管与通报"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enterprises import system_bars
        from supervision import (  # noqa: F401
            channel_extract,
            evaluation_extract,
            extracts,
            finding_extracts,
            lift_extract,
            month_jobs,
            operator_notices,
            taskforce_extracts,
        )
        from supervision.queries.parameters import system_bars_in_force
        from traceability import home_notices

        home_notices.register(operator_notices.told_notices, operator_notices.ENTRY)
        system_bars.register(system_bars_in_force)
        _register_pages()


def _register_pages() -> None:
    from enterprises import navigation
    from enterprises.navigation import NavItem
    from enterprises.roles import Permission as P

    navigation.register(
        NavItem(
            "指标",
            "supervision:dashboard",
            P.VIEW_DASHBOARD,
            order=10,
            also=("supervision:evaluation", "supervision:lift", "supervision:formulas"),
        ),
        NavItem("主体", "supervision:operators", P.VIEW_OPERATORS, order=20),
        NavItem(
            "断链",
            "supervision:findings",
            P.FOLLOW_FINDINGS,
            order=24,
            also=("supervision:suspicions",),
        ),
        NavItem("渠道", "supervision:channels", P.VIEW_DASHBOARD, order=66),
        NavItem("全省", "supervision:province", P.PREPARE_BULLETIN, order=5),
        NavItem("通报", "supervision:bulletins", P.VIEW_DASHBOARD, order=80),
        NavItem(
            "参数和目标",
            "supervision:parameters",
            P.PREPARE_BULLETIN,
            order=90,
            also=("supervision:city_statuses",),
        ),
    )
