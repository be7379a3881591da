"""System checks on the wiring: every event, every subscriber and every vendor's handler exists."""

from typing import Any

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import autodiscover_modules, import_string


@register()
def check_wiring(app_configs: Any, **_kwargs: Any) -> list[CheckMessage]:
    """Each event is a message class, each subscriber a registered Celery task."""
    autodiscover_modules("tasks")
    problems: list[CheckMessage] = []
    for event, tasks in settings.WIRING.SUBSCRIBERS.items():
        app, name = event.split(".")
        problems += _missing(f"apps.{app}.messages.{name}", hint=f"SUBSCRIBERS names the event {event}.")
        problems += [
            Error(f"No Celery task is called “{task}”.", hint=f"SUBSCRIBERS sends it {event}.", id="events.E002")
            for task in tasks
            if task not in current_app.tasks
        ]
    for vendor, handlers in settings.WIRING.VENDOR_HANDLERS.items():
        for path in handlers.values():
            problems += _missing(path, hint=f"VENDOR_HANDLERS gives it the data of {vendor}.")
    return problems


def _missing(path: str, *, hint: str) -> list[CheckMessage]:
    try:
        import_string(path)
    except ImportError:
        return [Error(f"There is no “{path}”.", hint=hint, id="events.E001")]
    return []
