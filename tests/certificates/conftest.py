"""Authorities, keys and requests, made anew for each run."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.core.clock import now
from apps.stations.messages import Caller, CommandOutcome, OcppVersion
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.commands import finish_command
from tests.certificates.making import Authority


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.root("CPO Root")


@pytest.fixture
def station(alpha: Any, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    return make_station("CS-1", serial_number="SN-4711", ocpp_version="1.6")


@pytest.fixture
def caller(station: ChargingStation) -> Caller:
    return Caller(station_id=station.pk, version=OcppVersion.V16, epoch=1, received_at=now() - timedelta(seconds=1))


@pytest.fixture
def answer(run_outbox: Callable[[], None]) -> Callable[..., StationCommand]:
    """`answer(command, "Accepted", data=…)`: as if the station had answered, heard by everybody."""

    def finish(command: StationCommand, status: str = "Accepted", **outcome: Any) -> StationCommand:
        StationCommand.objects.filter(pk=command.pk).update(
            state=CommandState.SENT, sent_at=now(), action=command.action or command.kind.split(".")[-1]
        )
        said = {"accepted": status == "Accepted"} | outcome
        finish_command(command.pk, outcome=CommandOutcome(status=status, **said))
        run_outbox()
        command.refresh_from_db()
        return command

    return finish
