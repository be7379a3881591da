"""A depot where a charge costs something, with a gateway in front of it and the worker's tasks at hand."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.billing.services import save_seller
from apps.core.clock import now
from apps.core.identifiers import canonical_token
from apps.drivers.models import Driver, IdToken
from apps.stations.models import ChargingStation
from apps.stations.services.credentials import set_password
from apps.tariffs.messages import Prices
from apps.tariffs.services import assign_tariff, save_tariff
from apps.tenants.models import Tenant
from apps.tenants.scope import PUBLIC, schema_scope
from apps.tenants.services.tenants import create_tenant, delete_tenant
from tests.plugged import PASSWORD, RawStation, RunningGateway

CARD = "04:A2:B3:C4"
PRICES = Prices(
    currency="EUR",
    vat_percent=Decimal("19.00"),
    price_per_kwh=Decimal("0.59"),
    price_per_minute=Decimal("0.03"),
    price_per_session=Decimal("0.35"),
    idle_per_minute=Decimal("0.10"),
    idle_grace_s=10,
)


@pytest.fixture(autouse=True)
def blob_folder(settings: Any, tmp_path: Path) -> None:
    blobs = {**settings.STORAGES["blobs"], "OPTIONS": {"location": str(tmp_path / "blobs"), "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}


@pytest.fixture
def gateway(live_tenant: Any) -> Iterator[RunningGateway]:
    running = RunningGateway()
    yield running
    running.stop()


@pytest.fixture
def depot(live_tenant: Any, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    """CS-1 with one EVSE under a tariff of all four components, a driver's card, and who sends the invoice."""
    return furnish(make_station("CS-1"), PRICES)


@pytest.fixture
def second_tenant(gateway: RunningGateway, make_station: Callable[..., ChargingStation]) -> Iterator[Tenant]:
    """A tenant with the very same station, card and password, only dearer."""
    tenant, _created = create_tenant(f"second-{secrets.token_hex(4)}", name="Second")
    with schema_scope(tenant.schema_name):
        furnish(make_station("CS-1"), replace(PRICES, price_per_kwh=Decimal("0.99")))
    yield tenant
    gateway.stop()  # it may be writing there still
    with schema_scope(PUBLIC):
        delete_tenant(tenant)


def furnish(station: ChargingStation, prices: Prices) -> ChargingStation:
    set_password(station, PASSWORD, by="story")
    tariff = save_tariff("Depot", prices, by="story", valid_from=now().replace(year=2020))
    assign_tariff(tariff, by="story", location=station.location)
    driver = Driver.objects.create(
        name="Erika Mustermann", address="Heidestraße 17", postal_code="51147", city="Köln", country="DE"
    )
    IdToken.objects.create(value=canonical_token(CARD), driver=driver)
    save_seller(
        by="story", legal_name="Depot GmbH", address="Ringstr. 1", postal_code="10115", city="Berlin", country="DE",
        vat_id="DE136695976",
    )  # fmt: skip
    return station


@pytest.fixture
def plug(gateway: RunningGateway, live_tenant: Any) -> Iterator[Callable[..., RawStation]]:
    """`plug("2.1")`: CS-1 connects; `slug` names another tenant."""
    plugged: list[RawStation] = []

    def connect(version: str, slug: str = "") -> RawStation:
        plugged.append(RawStation.plug(gateway.port, slug or live_tenant.slug, "CS-1", version=version))
        return plugged[-1]

    yield connect
    for raw in plugged:
        raw.unplug()
