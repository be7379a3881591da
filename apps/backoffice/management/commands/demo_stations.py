"""`manage.py demo_stations`: let the simulator play the stations of the demo tenant."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.backoffice.services.demo import secrets_file
from apps.backoffice.services.demo_data import SLUG
from apps.simulator.fleet import FleetStation, run_demo

EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104  what is listened at, not what is listened on here


class Command(BaseCommand):
    help = "Play the stations of the demo tenant until told to stop."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        run_demo(gateway_url(), read_fleet())


def gateway_url() -> str:
    """The gateway on this machine, past any proxy."""
    host = "127.0.0.1" if settings.HOST in EVERY_ADDRESS else settings.HOST
    return f"ws://{host}:{settings.GATEWAY_PORT}/ocpp/{SLUG}"


def read_fleet() -> list[FleetStation]:
    try:
        stations = json.loads(secrets_file().read_text())["stations"]
    except (OSError, ValueError, KeyError) as problem:
        raise CommandError("There are no demo stations yet: run `manage.py demo` first.") from problem
    return [FleetStation(**{name: value for name, value in station.items() if name != "url"}) for station in stations]
