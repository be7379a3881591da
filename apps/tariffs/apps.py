from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "apps.tariffs"
    default_auto_field = "django.db.models.BigAutoField"
