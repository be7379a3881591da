"""Gateways in threads, and stations with a password, in a tenant whose rows are committed."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.credentials import set_password
from apps.tenants.scope import PUBLIC, schema_scope
from apps.tenants.services.tenants import create_tenant, delete_tenant
from tests.plugged import PASSWORD, RawStation, RunningGateway, wait_for


@pytest.fixture
def start_gateway(live_tenant: Any) -> Iterator[Callable[..., RunningGateway]]:
    running: list[RunningGateway] = []

    def start(**options: Any) -> RunningGateway:
        running.append(RunningGateway(**options))
        return running[-1]

    yield start
    for gateway in running:
        gateway.stop()


@pytest.fixture
def gateway(start_gateway: Callable[..., RunningGateway]) -> RunningGateway:
    return start_gateway()


@pytest.fixture
def station(live_tenant: Any, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    made = make_station("CS-1")
    set_password(made, PASSWORD, by="test")
    return made


@pytest.fixture
def plug(gateway: RunningGateway, live_tenant: Any) -> Iterator[Callable[..., RawStation]]:
    """`plug()`: connect as CS-1; `at` names another gateway, `slug` another tenant."""
    plugged: list[RawStation] = []

    def connect(
        identity: str = "CS-1", *, at: RunningGateway | None = None, slug: str = "", **options: Any
    ) -> RawStation:
        port = (at or gateway).port
        plugged.append(RawStation.plug(port, slug or live_tenant.slug, identity, **options))
        return plugged[-1]

    yield connect
    for raw in plugged:
        raw.unplug()


@pytest.fixture
def settled(run_outbox: Callable[[], None]) -> Callable[[StationCommand], StationCommand]:
    """`settled(command)`: wait until it is finished and everybody has heard of it."""

    def settle(command: StationCommand) -> StationCommand:
        done: StationCommand = wait_for(
            lambda: StationCommand.objects.filter(pk=command.pk, finished_at__isnull=False).first()
        )
        run_outbox()
        return done

    return settle


@pytest.fixture
def second_tenant(gateway: RunningGateway) -> Iterator[Any]:
    """Another tenant with committed rows; enter it with `schema_scope`."""
    tenant, _created = create_tenant(f"second-{secrets.token_hex(4)}", name="Second")
    yield tenant
    gateway.stop()  # it may be writing there still
    with schema_scope(PUBLIC):
        delete_tenant(tenant)
