"""A station and the way it calls."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from apps.stations.messages import Caller, OcppVersion
from apps.stations.models import ChargingStation
from apps.telemetry.services.leases import take_lease
from apps.tenants.models import Tenant

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GATEWAY = "gateway-test"


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def caller(station: ChargingStation, at: datetime = NOON, version: OcppVersion = OcppVersion.V201) -> Caller:
    return Caller(station_id=station.pk, version=version, epoch=1, received_at=at)


def connect(station: ChargingStation) -> int:
    """Take the lease as a gateway does; the epoch."""
    return take_lease(station.pk, gateway=GATEWAY, version="2.0.1", address="127.0.0.1").epoch


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    return make_station("CS-1", evses=2)
