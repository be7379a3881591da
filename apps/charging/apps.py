from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChargingConfig(AppConfig):
    name = "apps.charging"
    verbose_name = _("Charges")
    default_auto_field = "django.db.models.BigAutoField"
