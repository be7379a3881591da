from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SmartChargingConfig(AppConfig):
    name = "apps.smartcharging"
    verbose_name = _("Smart charging")
    default_auto_field = "django.db.models.BigAutoField"
