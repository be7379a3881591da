"""A connected 1.6 station in the tests' hands: what it is asked, and what it answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apps.core.clock import now
from apps.drivers.messages import SendLocalList
from apps.drivers.models import IdToken, LocalList
from apps.drivers.services.tokens import save_token
from apps.stations.messages import CommandOutcome
from apps.stations.models import ChargingStation, CommandState, StationCommand, Variable
from apps.stations.services.command_kinds import message_from
from apps.stations.services.commands import fail_command, finish_command
from apps.telemetry.services.leases import take_lease

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Run = Callable[[], None]
KNOWS_LISTS = {
    "SupportedFeatureProfiles": "Core,LocalAuthListManagement",
    "LocalAuthListEnabled": "true",
    "LocalAuthListMaxLength": "50",
    "SendLocalListMaxLength": "10",
}


def tell(station: ChargingStation, **values: str) -> None:
    """The station's configuration as it would have reported it."""
    for name, value in values.items():
        Variable.objects.update_or_create(
            station=station, component="", name=name, defaults={"value": value, "reported_at": now()}
        )


def plug_in(station: ChargingStation) -> None:
    take_lease(station.pk, gateway="gateway.test", version="1.6", address="192.0.2.7")


def asked(station: ChargingStation) -> StationCommand:
    """The one thing it is being asked."""
    return StationCommand.objects.get(station=station, state=CommandState.QUEUED)


def is_asked(station: ChargingStation) -> bool:
    return StationCommand.objects.filter(station=station, state=CommandState.QUEUED).exists()


def update_asked(station: ChargingStation) -> SendLocalList:
    command = asked(station)
    assert command.kind == "drivers.SendLocalList", command.kind
    update: SendLocalList = message_from(command.kind, command.message)
    return update


def _sent(station: ChargingStation) -> StationCommand:
    command = asked(station)
    command.state, command.action = CommandState.SENT, command.action or command.kind.split(".")[1]
    command.save()
    return command


def answer(station: ChargingStation, status: str = "Accepted", data: Any = None) -> None:
    """Answer what it is asked; the outbox is not run."""
    accepted = status == "Accepted"
    finish_command(_sent(station).pk, outcome=CommandOutcome(accepted=accepted, status=status, data=data))


def refuse(station: ChargingStation, code: str) -> None:
    """Answer with a CALLERROR."""
    fail_command(_sent(station).pk, error=f"{code}: ", answer={"errorCode": code})


def list_of(station: ChargingStation) -> LocalList:
    return LocalList.objects.get(station=station)


def add(*numbers: str, **fields: object) -> list[IdToken]:
    return [save_token(IdToken(value=number, **fields), by="ada@example.com") for number in numbers]


def numbers_of(station: ChargingStation) -> list[str]:
    return sorted(list_of(station).there)
