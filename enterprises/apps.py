from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"
    verbose_name = "主体与辖区"
    default_auto_field = "django.db.models.BigAutoField"
