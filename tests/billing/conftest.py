"""An ended charge with everything an invoice needs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.billing.models import Invoice, SellerProfile
from apps.billing.services import issue_cdr, issue_invoice, save_seller
from apps.charging.models import Transaction
from apps.drivers.models import Driver
from apps.stations.models import ChargingStation
from apps.tariffs.messages import TariffTerms

STARTED = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, half an hour before the clocks go back
ADA = "ada@example.com"
SELLER = {
    "legal_name": "Stadtwerke Musterstadt GmbH",
    "address": "Am Umspannwerk 12",
    "postal_code": "48143",
    "city": "Münster",
    "country": "DE",
    "vat_id": "DE136695976",
    "email": "rechnung@stadtwerke.example",
    "iban": "DE02 1203 0000 0000 2020 51",
    "bic": "BYLADEM1001",
    "small_print": "Registered at Amtsgericht Münster, HRB 1234.",
}
TERMS = TariffTerms(
    currency="EUR",
    vat_percent=Decimal("19.00"),
    price_per_kwh=Decimal("0.590000"),
    price_per_session=Decimal("0.350000"),
    idle_per_minute=Decimal("0.100000"),
    idle_grace_s=600,
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
def driver(alpha: Any) -> Driver:
    return Driver.objects.create(
        name="Erika Mustermann", company="Muster Logistik KG", address="Heidestraße 17", postal_code="51147",
        city="Köln", country="DE", vat_id="DE999999999",
    )  # fmt: skip


@pytest.fixture
def make_charge(make_station: Callable[..., ChargingStation]) -> Callable[..., Transaction]:
    """`make_charge(driver=…)`: an ended charge of 30.001 kWh with 25 of its 79 minutes idle."""

    def make(*, terms: TariffTerms | None = TERMS, **fields: Any) -> Transaction:
        station = ChargingStation.objects.filter(identity="CS-1").first() or make_station("CS-1")
        number = Transaction.objects.count() + 1
        ended_at = STARTED + timedelta(minutes=79)
        facts = {
            "station": station,
            "evse": station.evses.get(),
            "ocpp_id": str(number),
            "start_key": f"start-{number}",
            "started_at": STARTED,
            "started_received_at": STARTED,
            "ended_at": ended_at,
            "ended_received_at": ended_at,
            "energy_wh": 30_001,
            "idle_s": 1500,
            "token_value": "04A2B3C48F2A",
            "tariff": terms and terms.to_json(),
        }
        return Transaction.objects.create(**{**facts, **fields})

    return make


@pytest.fixture
def seller_profile(alpha: Any) -> SellerProfile:
    return save_seller(by=ADA, **SELLER)


@pytest.fixture
def invoice(seller_profile: SellerProfile, make_charge: Callable[..., Transaction], driver: Driver) -> Invoice:
    """A full invoice to a company."""
    cdr = issue_cdr(make_charge(driver=driver).pk)
    issued = issue_invoice(cdr.pk) if cdr else None
    assert issued is not None
    return issued
