from django.apps import AppConfig


class OcppConfig(AppConfig):
    name = "apps.ocpp"
    default_auto_field = "django.db.models.BigAutoField"
