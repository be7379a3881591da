"""`manage.py demo`: make the demo tenant, and print its log-ins."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.backoffice.services.demo import Demo, seed_demo
from apps.backoffice.services.demo_data import OPERATORS


class Command(BaseCommand):
    help = "Make the demo tenant, unless it is there, and print its log-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        demo = seed_demo()
        self.stdout.write(json.dumps(asdict(demo)) if options["json"] else _lines(demo))


def _lines(demo: Demo) -> str:
    password = demo.password or "(the password that was set since)"
    people = [f"  {email:24} {role.value}" for email, _name, role in OPERATORS]
    stations = [f"  {station['identity']:8} OCPP {station['version']:6} {station['make']}" for station in demo.stations]
    return "\n".join([
        f"Pages     {demo.url}",
        f"Password  {password}   for each of",
        *people,
        f"  {demo.platform_email:24} platform staff, on the host without the tenant's name",
        f"API key   {demo.api_key or '(revoked)'}",
        "Stations",
        *stations,
    ])  # fmt: skip
