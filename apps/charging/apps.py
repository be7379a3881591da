from django.apps import AppConfig


class ChargingConfig(AppConfig):
    name = "apps.charging"
    default_auto_field = "django.db.models.BigAutoField"
