"""A station with a local list, under a clock that stands still."""

from collections.abc import Callable

import pytest
import time_machine

from apps.drivers.models import LocalListState
from apps.stations.models import ChargingStation
from apps.tenants.models import Tenant
from tests.drivers.listing import (
    KNOWS_LISTS,
    NOON,
    Run,
    add,
    answer,
    list_of,
    plug_in,
    tell,
)


@pytest.fixture
def clock() -> object:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def station(alpha: Tenant, clock: object, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    """CS-1, connected with 1.6; its list may hold 50 tokens, ten a message."""
    made = make_station("CS-1", ocpp_version="1.6", firmware_version="1.0")
    tell(made, **KNOWS_LISTS)
    plug_in(made)
    return made


@pytest.fixture
def in_step(station: ChargingStation, run_outbox: Run, clock: time_machine.Traveller) -> ChargingStation:
    """CS-1 after it has taken its first list: A1, A2 and A3 as version 1; a minute has gone by."""
    add("A1", "A2", "A3")
    run_outbox()
    answer(station, data=0)
    run_outbox()
    answer(station)
    run_outbox()
    assert list_of(station).state == LocalListState.IN_STEP
    clock.shift(60)
    return station
