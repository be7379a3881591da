import json
from argparse import ArgumentTypeError
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.simulator.clock import wall_or_scaled
from apps.simulator.fleet import FleetStation, Plan, Surroundings, run, staggered
from apps.simulator.makes import MAKES, VERSIONS, Kind, Version
from apps.simulator.rhythm import Rhythm, Span

DEFAULT_TOKENS = "AABBCCDD,11223344,DEADBEEF"
LONGEST_TOKEN = 20
LONGEST_IDENTITY = 48


class Command(BaseCommand):
    help = "Run virtual charging stations against any CSMS. Prints one JSON line per event; Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Here --version is the version of OCPP, not that of Django."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="ws:// or wss:// address; each station appends its identity")
        parser.add_argument("--count", type=_positive, default=1, help="how many stations (default 1)")
        parser.add_argument("--version", choices=[*VERSIONS, "mixed"], default="mixed", dest="ocpp_version")
        parser.add_argument("--identity-prefix", default="SIM", help="identities are SIM001, SIM002, …")
        parser.add_argument("--identities", type=_list, default=[], help="comma separated, instead of --count")
        parser.add_argument("--password", help="HTTP Basic password of every station; the user is the identity")
        parser.add_argument("--passwords", type=Path, help="JSON file: identity to password")
        parser.add_argument("--seed", default="0", help="the same seed makes the same choices")
        parser.add_argument("--make", choices=[*MAKES, "mixed"], default="mixed")
        parser.add_argument("--kind", choices=["ac", "dc", "mixed"], default="mixed")
        parser.add_argument("--evses", type=_positive, default=2, help="EVSEs per station (default 2)")
        parser.add_argument("--tokens", type=_tokens, default=_tokens(DEFAULT_TOKENS), help="RFID numbers people use")
        parser.add_argument("--sample-interval", type=_positive, default=60, help="seconds between meter values")
        self._add_rhythm(parser)

    def _add_rhythm(self, parser: CommandParser) -> None:
        usual = Rhythm()
        spans = {
            "pause": (usual.pause_s, "an EVSE is free"),
            "charge": (usual.charge_s, "a car charges, unless it is full before"),
            "idle": (usual.idle_s, "a car stays plugged in after it has charged"),
        }
        for name, (default, meaning) in spans.items():
            meaning = f"MIN-MAX seconds that {meaning} (default {default[0]:g}-{default[1]:g})"
            parser.add_argument(f"--{name}-seconds", type=_span, default=default, help=meaning)
        parser.add_argument("--no-local-starts", action="store_true", help="cars come only after a remote start")
        parser.add_argument("--speed", type=_speed, default=1.0, help="station seconds per real second")
        parser.add_argument("--duration", type=_positive, help="stop after so many real seconds")

    def handle(self, *args: Any, **o: Any) -> None:
        passwords = _passwords(o["passwords"])
        plans = [
            _plan(index, identity, passwords.get(identity, o["password"]), o)
            for index, identity in enumerate(_identities(o))
        ]
        around = Surroundings(o["url"], o["seed"], wall_or_scaled(o["speed"], ending_after_s=o["duration"]))
        run(plans, around, o["duration"])


def _identities(o: Mapping[str, Any]) -> list[str]:
    identities = o["identities"] or [f"{o['identity_prefix']}{n:03d}" for n in range(1, o["count"] + 1)]
    if len(set(identities)) < len(identities):
        raise CommandError("The same identity is given twice.")
    for identity in identities:
        if len(identity) > LONGEST_IDENTITY or ":" in identity:
            raise CommandError(f"{identity!r} cannot be an identity: at most 48 characters and no colon.")
    return list(identities)


def _plan(index: int, identity: str, password: str | None, o: Mapping[str, Any]) -> Plan:
    version = VERSIONS[index % len(VERSIONS)] if o["ocpp_version"] == "mixed" else cast(Version, o["ocpp_version"])
    kind: Kind = "dc" if o["kind"] == "dc" or (o["kind"] == "mixed" and index % 2) else "ac"
    rhythm = Rhythm(
        pause_s=o["pause_seconds"],
        charge_s=o["charge_seconds"],
        idle_s=o["idle_seconds"],
        local=not o["no_local_starts"],
    )
    station = FleetStation(identity, password, version, o["make"], o["evses"], kind, o["tokens"])
    return Plan(station, (rhythm,) * o["evses"], staggered(index), o["sample_interval"])


def _passwords(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError) as problem:
        raise CommandError(f"Cannot read the passwords from {path}: {problem}") from problem
    if not isinstance(read, dict):
        raise CommandError(f"{path} must hold one JSON object: identity to password.")
    return {str(identity): str(password) for identity, password in read.items()}


def _list(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _tokens(text: str) -> list[str]:
    """1.6 has room for no more than 20 characters."""
    tokens = _list(text)
    for token in tokens:
        if len(token) > LONGEST_TOKEN:
            raise ArgumentTypeError(f"{token!r} is longer than {LONGEST_TOKEN} characters")
    return tokens


def _span(text: str) -> Span:
    least, _, most = text.partition("-")
    try:
        span = (float(least), float(most or least))
    except ValueError as problem:
        raise ArgumentTypeError(f"{text!r} is not MIN-MAX") from problem
    if not 0 <= span[0] <= span[1]:
        raise ArgumentTypeError(f"{text!r} is not MIN-MAX")
    return span


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError as problem:
        raise ArgumentTypeError(f"{text!r} is not a number") from problem
    if not 0 < speed <= 3600:
        raise ArgumentTypeError("the speed must be above 0 and at most 3600")
    return speed
