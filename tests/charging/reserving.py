"""Making reservations at noon, and answering for their stations."""

from typing import Any

from apps.charging.models import Reservation, Transaction
from apps.charging.services.reservation_calls import take_reservation_answer
from apps.charging.services.reservation_rows import commands_of
from apps.charging.services.reservations import reserve
from apps.core.clock import now
from apps.drivers.models import IdToken
from apps.stations.messages import CommandOutcome
from apps.stations.models import EVSE, ChargingStation, StationCommand, Variable
from apps.stations.services.commands import finish_command
from tests.charging.conftest import Talker, minutes

BY = "olga@example.com"


def evse_of(talker: Talker, number: int = 1) -> EVSE:
    return EVSE.objects.get(station=talker.station, number=number)


def book(talker: Talker, card: IdToken, *, evse: int | None = 1, begin: float = 0, end: float = 60) -> Reservation:
    """Minutes after noon."""
    place = None if evse is None else evse_of(talker, evse)
    return reserve(
        talker.station, place, token=card, begins_at=minutes(begin) if begin else None, ends_at=minutes(end), by=BY
    )


def takes_any(station: ChargingStation, value: str = "true") -> None:
    Variable.objects.create(station=station, name="ReserveConnectorZeroSupported", value=value, reported_at=now())


def commands(reservation: Reservation, kind: str = "ReserveNow") -> list[StationCommand]:
    return list(commands_of(reservation).filter(kind=f"charging.{kind}").order_by("created_at"))


def answer(command: StationCommand, status: str) -> None:
    """As the gateway and the worker would, one after the other."""
    StationCommand.objects.filter(pk=command.pk).update(state="sent", sent_at=now())
    finish_command(command.pk, outcome=CommandOutcome(accepted=status == "Accepted", status=status))
    take_reservation_answer(command.pk)


def kept(reservation: Reservation) -> Reservation:
    reservation.refresh_from_db()
    return reservation


def active(talker: Talker, card: IdToken, **facts: Any) -> Reservation:
    made = book(talker, card, **facts)
    answer(commands(made)[0], "Accepted")
    assert kept(made).state == "active"
    return made


def codes(row: Reservation | Transaction) -> list[str]:
    row.refresh_from_db()
    return [note["code"] for note in row.notes]
