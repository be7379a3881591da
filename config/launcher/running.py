"""What a running `up` leaves for the other commands of its checkout: the addresses of its servers."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from .checkout import Checkout, is_locked, write_private

# With the servers also where this `up` is found: links that a command prints must lead there.
SHARED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "BASE_DOMAIN",
    "PUBLIC_URL",
    "GATEWAY_URL",
    "WEB_PORT",
    "GATEWAY_PORT",
)


def lock_file(checkout: Checkout) -> Path:
    return checkout.run / "up.lock"


def announce(checkout: Checkout, environment: Mapping[str, str]) -> None:
    write_private(_file(checkout), json.dumps({name: environment[name] for name in SHARED if name in environment}))


def retract(checkout: Checkout) -> None:
    _file(checkout).unlink(missing_ok=True)


def addresses(checkout: Checkout, environment: Mapping[str, str]) -> dict[str, str]:
    """What a command should add to its environment: nothing if no `up` runs here, and never over what it has."""
    if "DATABASE_URL" in environment or not is_locked(lock_file(checkout)) or not _file(checkout).exists():
        return {}
    told: dict[str, str] = json.loads(_file(checkout).read_text())
    return {name: value for name, value in told.items() if name not in environment}


def secret_key(checkout: Checkout) -> str:
    """Made once: a new one would end every log-in at each start."""
    file = checkout.var / "secret_key"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(50))
    return file.read_text()


def _file(checkout: Checkout) -> Path:
    return checkout.run / "env.json"
