"""Commands as JSON and back. A kind is "<app>.<Class>": the class in that app's messages, whatever layer it is on."""

from typing import Any

import msgspec
from django.utils.module_loading import import_string


def kind_of(message: object) -> str:
    """`apps.stations.messages.Reset` is called "stations.Reset"."""
    return kind_of_class(type(message))


def kind_of_class(cls: type) -> str:
    return f"{cls.__module__.removeprefix('apps.').split('.')[0]}.{cls.__name__}"


def stored_form(message: object) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(message)
    return stored


def message_from(kind: str, stored: dict[str, Any]) -> Any:
    """The message as it was queued."""
    app, name = kind.split(".")
    return msgspec.convert(stored, import_string(f"apps.{app}.messages.{name}"))
