from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"
    verbose_name = "主体与辖区"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from enterprises import export_jobs, list_extracts, navigation, roster_jobs  # noqa: F401
        from enterprises.navigation import NavItem
        from enterprises.roles import Permission as P

        navigation.register(
            NavItem("申请", "enterprises:applications", P.APPROVE_APPLICATIONS, order=60),
            NavItem("自建系统", "enterprises:system_register", P.VIEW_SYSTEMS, order=65),
            NavItem("名录导入", "enterprises:roster", P.IMPORT_ROSTER, order=70),
            NavItem("邀请", "enterprises:invitations", P.INVITE_OFFICERS, order=80),
            NavItem("系统状态", "enterprises:system", P.VIEW_SYSTEM, order=10),
            NavItem("账号", "enterprises:accounts", P.MANAGE_ACCOUNTS, order=20),
            NavItem("审计", "enterprises:audit", P.VIEW_AUDIT, order=30),
        )
