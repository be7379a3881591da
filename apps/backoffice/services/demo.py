"""The demo tenant: made once, left as people have changed it since, and its secrets kept beside the data."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.messages import Role, Scope
from apps.accounts.models import ApiKey, User
from apps.accounts.services import keys, people
from apps.backoffice.services import provisioning
from apps.backoffice.services.demo_data import (
    API_KEY,
    DRIVERS,
    LOCATIONS,
    LOST_TOKEN,
    NAME,
    OPERATORS,
    OWNER,
    PASSWORD,
    PLATFORM_STAFF,
    SELLER,
    SLUG,
    STATIONS,
    TARIFFS,
    DemoStation,
)
from apps.backoffice.services.provisioning.results import BY
from apps.backoffice.services.provisioning.tenants import pages_url, stations_url
from apps.core.identifiers import canonical_token
from apps.drivers.models import TokenStatus
from apps.stations.models import ChargingStation
from apps.stations.services import credentials
from apps.stations.services.hardware import save_evse
from apps.tenants.models import Tenant
from apps.tenants.scope import PUBLIC, schema_scope


@dataclass(frozen=True)
class Kept:
    """What an earlier seeding wrote down: passwords by identity, and the API key."""

    passwords: dict[str, str] = field(default_factory=dict)
    api_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What a visitor needs. `password` is null once somebody has changed it."""

    tenant: str
    url: str
    email: str
    password: str | None
    api_key: str | None
    platform_email: str
    stations: list[dict[str, Any]]


def secrets_file() -> Path:
    """Where the passwords of the demo stations are kept, for the simulator."""
    return Path(settings.BASE_DIR) / "var" / "demo-stations.json"


def seed_demo() -> Demo:
    """The demo tenant, made if there is none. Secrets that are lost are made anew, all else stays as it is."""
    kept = _read_kept()
    with transaction.atomic():
        _furnish_once()
        with schema_scope(Tenant.objects.get(slug=SLUG).schema_name):
            stations = [_playable(station, kept) for station in _present()]
            api_key = _api_key(kept.api_key)
            password = _password_of(OWNER)
    _keep({"api_key": api_key, "stations": stations})
    return Demo(
        tenant=SLUG,
        url=pages_url(SLUG),
        email=OWNER,
        password=password,
        api_key=api_key,
        platform_email=PLATFORM_STAFF,
        stations=stations,
    )


def _furnish_once() -> None:
    if Tenant.objects.filter(slug=SLUG).exists():
        return
    provisioning.provision_tenant(SLUG, {"name": NAME, **SELLER})
    with schema_scope(PUBLIC):
        if not User.objects.filter(email=PLATFORM_STAFF).exists():
            people.create_operator(PLATFORM_STAFF, role=Role.OWNER, by=BY, name="Pia Platform", password=PASSWORD)
    with schema_scope(Tenant.objects.get(slug=SLUG).schema_name):
        _furnish_people()
        _furnish_places()


def _furnish_people() -> None:
    for email, name, role in OPERATORS:
        people.create_operator(email, role=role, by=BY, name=name, password=PASSWORD)
    for driver in DRIVERS:
        provisioning.provision_driver(driver.name, driver.facts)
        for value in driver.tokens:
            provisioning.provision_token(value, {"driver": driver.name})
    provisioning.provision_token(LOST_TOKEN, {"status": TokenStatus.LOST, "driver": DRIVERS[0].name})


def _furnish_places() -> None:
    for name, facts in LOCATIONS.items():
        provisioning.provision_location(name, facts)
    for position, station in enumerate(STATIONS, start=1):
        _furnish_station(station, position)
    for name, prices in TARIFFS:
        provisioning.provision_tariff(name, prices)


def _furnish_station(wanted: DemoStation, position: int) -> None:
    given = {"station_name": wanted.name, "location": wanted.location, "evses": wanted.evses}
    provisioning.provision_station(wanted.identity, given, tenant_slug=SLUG)
    country = LOCATIONS[wanted.location]["country"]
    for evse in ChargingStation.objects.get(identity=wanted.identity).evses.all():
        evse.evse_id = f"{country}*OHM*E{position:03}{evse.number:02}"
        evse.max_power_w = wanted.max_power_w
        save_evse(evse, by=BY)


def _present() -> list[DemoStation]:
    """Those that nobody has archived."""
    in_use = set(ChargingStation.objects.filter(archived_at=None).values_list("identity", flat=True))
    return [station for station in STATIONS if station.identity in in_use]


def _playable(station: DemoStation, kept: Kept) -> dict[str, Any]:
    """A station as the simulator plays it, with a password that opens the gateway."""
    password = kept.passwords.get(station.identity)
    if not password or credentials.check(station.identity, password) is None:
        row = ChargingStation.objects.get(identity=station.identity)
        password = credentials.set_password(row, by=BY)
    return {
        "identity": station.identity,
        "password": password,
        "url": f"{stations_url(SLUG)}/{station.identity}",
        "version": station.version,
        "make": station.make,
        "evses": station.evses,
        "kind": station.kind,
        "tokens": [canonical_token(value) for driver in DRIVERS for value in driver.tokens],
    }


def _api_key(kept: str | None) -> str | None:
    if kept and keys.find(kept):
        return kept
    existing = ApiKey.objects.filter(name=API_KEY).first()
    if existing is None:
        return keys.create_api_key(API_KEY, scopes=list(Scope), by=BY)[1]
    return None if existing.revoked_at else keys.rotate_api_key(existing, by=BY)


def _password_of(email: str) -> str | None:
    user = User.objects.filter(email=email).first()
    return PASSWORD if user and user.check_password(PASSWORD) else None


def _read_kept() -> Kept:
    """Empty when there is no file, or none that can be read."""
    try:
        kept = json.loads(secrets_file().read_text())
        return Kept({entry["identity"]: entry["password"] for entry in kept["stations"]}, kept["api_key"])
    except (OSError, ValueError, TypeError, KeyError):
        return Kept()


def _keep(secrets: dict[str, Any]) -> None:
    """Readable by its owner alone from the first moment."""
    path = secrets_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(secrets, file, indent=1)
    draft.replace(path)
