from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "apps.api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """drf-spectacular learns of the key by this import."""
        from apps.api import schema  # noqa: F401
