"""Operators with browsers, and charges worth looking at."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.billing.models import Invoice
from apps.billing.services import issue_cdr, issue_invoice, save_seller
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.drivers.models import Driver, IdToken
from apps.stations.models import ChargingStation
from apps.tariffs.messages import TariffTerms
from apps.telemetry.services.leases import take_lease
from apps.tenants.models import Tenant

CARD = "04A2B3C4D5E601"
TERMS = TariffTerms(
    currency="EUR",
    vat_percent=Decimal("19.00"),
    price_per_kwh=Decimal("0.590000"),
    price_per_session=Decimal("0.350000"),
    tariff="Day",
    version_id=1,
    version_number=3,
    time_zone="Europe/Berlin",
)


@pytest.fixture(autouse=True)
def blob_folder(settings: Any, tmp_path: Path) -> Path:
    """Blobs of a test go to a folder of its own."""
    blobs = {**settings.STORAGES["blobs"], "OPTIONS": {"location": str(tmp_path / "blobs"), "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}
    return tmp_path / "blobs"


@pytest.fixture
def make_operator(alpha: Tenant) -> Callable[..., User]:
    """`make_operator(Role.FINANCE)`: an operator of alpha, named after the role."""

    def make(role: Role = Role.OWNER) -> User:
        user = User(email=f"{role}@alpha.example", role=role)
        user.set_unusable_password()
        user.save()
        return user

    return make


@pytest.fixture
def browser_of(make_operator: Callable[..., User]) -> Callable[..., Client]:
    """`browser_of(Role.FINANCE)`: a browser on alpha's host with that operator logged in."""

    def make(role: Role = Role.OWNER) -> Client:
        client = Client(HTTP_HOST="alpha.localhost")
        client.force_login(make_operator(role))
        return client

    return make


@pytest.fixture
def browser(browser_of: Callable[..., Client]) -> Client:
    """The owner's."""
    return browser_of()


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    """CS-1, connected with 1.6, two EVSEs."""
    return connected(make_station("CS-1", evses=2, ocpp_version="1.6"))


def connected(station: ChargingStation) -> ChargingStation:
    take_lease(station.pk, gateway="gateway.test", version="1.6", address="192.0.2.7")
    return station


@pytest.fixture
def token(alpha: Tenant) -> IdToken:
    driver = Driver.objects.create(
        name="Ada Amper", address="Ringstr. 5", postal_code="10115", city="Berlin", country="DE"
    )
    return IdToken.objects.create(value=CARD, driver=driver)


def begin_charge(station: ChargingStation, **fields: Any) -> Transaction:
    """An open charge at the station's first EVSE."""
    number = Transaction.objects.count() + 1
    started_at = now() - timedelta(minutes=30)
    facts: dict[str, Any] = {
        "station": station,
        "evse": station.evses.order_by("number").first(),
        "connector_number": 1,
        "ocpp_id": str(number),
        "start_key": f"start-{number}",
        "started_at": started_at,
        "started_received_at": started_at,
        "meter_start_wh": 1000,
        "charging_state": "Charging",
        "token_value": CARD,
        "tariff": TERMS.to_json(),
    }
    return Transaction.objects.create(**facts | fields)


def end_charge(charge: Transaction, *, energy_wh: int = 10_000) -> Transaction:
    charge.ended_at = charge.ended_received_at = now()
    charge.energy_wh = energy_wh
    charge.save()
    return charge


@pytest.fixture
def invoice(station: ChargingStation, token: IdToken) -> Invoice:
    """10 kWh for Ada: 6.25 EUR."""
    save_seller(
        by="test", legal_name="Stadtwerke", address="Werk 1", postal_code="48143", city="Münster", country="DE",
        vat_id="DE136695976",
    )  # fmt: skip
    charge = end_charge(begin_charge(station, id_token=token, driver=token.driver))
    cdr = issue_cdr(charge.pk)
    assert cdr is not None
    issued = issue_invoice(cdr.pk)
    assert issued is not None
    return issued
