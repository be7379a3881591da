"""Reservations and their stations: asking at the right moment, asking again, and what they answer."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from apps.charging.messages import ReserveNow
from apps.charging.models import OPEN_RESERVATIONS, Reservation, ReservationState, Transaction
from apps.charging.services.reservation_rows import (
    ASKED,
    CANCEL,
    RESERVE,
    commands_of,
    locked_reservation,
    of_place,
    open_reservations,
    tell_reservation,
)
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.messages import IdTokenSeen, TokenType
from apps.stations.messages import ConnectorStatus
from apps.stations.models import CommandState, StationCommand
from apps.stations.models.commands import OPEN_STATES
from apps.stations.services.commands import queue_command
from apps.stations.services.rows import locked_station
from apps.telemetry.models import StationLive

# ReserveNow has no begin: it counts from when the station reads it, so it is sent only a little early.
AHEAD = timedelta(seconds=60)
RETRY_AFTER = timedelta(minutes=2)
PATIENCE = timedelta(minutes=5)
SETTLING = timedelta(seconds=10)
MOST_TRIES = 5
SHORTEST_LIFE_S = 60
OCCUPIED, REJECTED = "Occupied", "Rejected"
SILENT = gettext_noop("The station was asked several times and did not answer.")


def tend_reservations() -> None:
    """End what is over, ask for what begins, and ask again where no answer came. Any number of times."""
    ended = Reservation.objects.filter(state__in=OPEN_RESERVATIONS, ends_at__lte=now())
    due = Reservation.objects.filter(state=ReservationState.PLANNED, begins_at__lte=now() + AHEAD)
    unanswered = Reservation.objects.filter(state=ReservationState.REQUESTED, asked_at__lte=now() - RETRY_AFTER)
    for rows in (ended, due, unanswered):
        for reservation_id, station_id in rows.order_by("begins_at", "pk").values_list("pk", "station_id"):
            _tend(reservation_id, station_id)


@transaction.atomic
def _tend(reservation_id: int, station_id: int) -> None:
    locked_station(station_id)
    reservation = locked_reservation(reservation_id)
    if not reservation.is_open:
        return
    if reservation.ends_at <= now():
        reservation.close(ReservationState.EXPIRED, at=now())
        tell_reservation(reservation)
    elif reservation.state == ReservationState.PLANNED:
        ask_if_due(reservation)
    elif reservation.state == ReservationState.REQUESTED:
        _ask_again(reservation)


def ask_if_due(reservation: Reservation) -> None:
    """Ask the station for what begins now, once what was before has ended. Its row must be locked."""
    if reservation.begins_at > now() + AHEAD or _predecessors(reservation).exists():
        return
    charge = _charge_of_its_driver(reservation)
    if charge:  # came early, and is charging already
        reservation.close(ReservationState.USED, at=now(), transaction=charge)
        tell_reservation(reservation)
    else:
        _ask(reservation)


def _predecessors(reservation: Reservation) -> QuerySet[Reservation]:
    place = Q(station_id=reservation.station_id) & of_place(reservation.evse_id)
    return Reservation.objects.filter(place, state__in=OPEN_RESERVATIONS, begins_at__lt=reservation.begins_at)


def _charge_of_its_driver(reservation: Reservation) -> Transaction | None:
    charges = Transaction.objects.filter(station_id=reservation.station_id, ended_at=None).select_related("id_token")
    if reservation.evse_id:
        charges = charges.filter(evse_id=reservation.evse_id)
    fitting = (charge for charge in charges if reservation.fits(charge.token_value, _group_of(charge)))
    return next(fitting, None)


def _group_of(charge: Transaction) -> str:
    return charge.id_token.group if charge.id_token else ""


def _ask(reservation: Reservation) -> None:
    """Under the number it has: a station that knows it replaces it (S16 §5.13, H01.FR.02)."""
    token = reservation.id_token
    message = ReserveNow(
        id=reservation.number,
        id_token=IdTokenSeen(value=token.value, type=TokenType(token.type), raw=token.value),
        expires_at=reservation.ends_at,
        evse=reservation.evse.number if reservation.evse else None,
        group_id_token=reservation.group or None,
    )
    reservation.ask(at=now())
    try:
        queue_command(reservation.station, message, by=reservation.by, expires_in_s=lifetime_s(reservation))
    except UnableTo as problem:
        reservation.close(ReservationState.REFUSED, at=now(), error=str(problem))
    tell_reservation(reservation)


def lifetime_s(reservation: Reservation) -> int:
    """How long a command about it makes sense."""
    return max(SHORTEST_LIFE_S, int((reservation.ends_at - now()).total_seconds()))


def _ask_again(reservation: Reservation) -> None:
    asked = commands_of(reservation)
    if asked.filter(state__in=OPEN_STATES).exists():
        return
    if asked.filter(kind=RESERVE).count() >= MOST_TRIES:
        reservation.close(ReservationState.REFUSED, at=now(), error=SILENT)
        tell_reservation(reservation)
    else:
        _ask(reservation)


@transaction.atomic
def renew_reservations(station_id: int) -> None:
    """Ask a station that has booted once more for what it should hold: nothing obliges it to remember (S16 §5.13)."""
    station = locked_station(station_id)
    asked = open_reservations(station_id).filter(state__in=ASKED, ends_at__gt=now(), asked_at__lt=station.booted_at)
    for reservation in asked:
        if not commands_of(reservation).filter(state__in=OPEN_STATES).exists():
            _ask(reservation)


@transaction.atomic
def take_reservation_answer(command_id: UUID | str) -> None:
    """A command has finished; where it was about a reservation, that follows. A second call changes nothing."""
    command = StationCommand.objects.get(pk=command_id)
    if command.kind not in (RESERVE, CANCEL) or command.message is None:
        return
    locked_station(command.station_id)
    known = Reservation.objects.filter(station_id=command.station_id, number=command.message["id"]).first()
    reservation = locked_reservation(known.pk) if known else None
    if reservation is None or not reservation.is_open:
        return
    follow = _follow_reserve if command.kind == RESERVE else _follow_cancel
    follow(reservation, command)
    tell_reservation(reservation)


def _follow_reserve(reservation: Reservation, command: StationCommand) -> None:
    if command.state == CommandState.ACCEPTED:
        reservation.accept(status=command.status)
    elif command.state == CommandState.FAILED or _is_refusal(reservation, command):
        reservation.close(ReservationState.REFUSED, at=now(), status=command.status, error=command.error)


def _is_refusal(reservation: Reservation, command: StationCommand) -> bool:
    """Unless it was asked anew since, or before it was ready, or Occupied has a harmless reason."""
    newest = commands_of(reservation).filter(kind=RESERVE).first()
    if command.state != CommandState.REJECTED or newest is None or newest.pk != command.pk:
        return False
    if command.status != OCCUPIED:
        return not _was_unready(command)
    if reservation.state == ReservationState.ACTIVE:
        return not _says_reserved(reservation)  # it has not forgotten it
    return now() >= reservation.begins_at + PATIENCE or not _has_just_followed(reservation)


def _was_unready(command: StationCommand) -> bool:
    """What waited for a station goes out as soon as it connects, and one that has not booted yet rejects everything."""
    live = StationLive.objects.filter(station_id=command.station_id).first()
    connected_at, booted_at = live.connected_at if live else None, command.station.booted_at
    if connected_at is None or command.sent_at is None or command.status != REJECTED:
        return False
    if command.sent_at > connected_at + SETTLING:
        return False
    return booted_at is None or not connected_at <= booted_at <= command.sent_at


def _has_just_followed(reservation: Reservation) -> bool:
    """Whether the station may still hold what ended when this began: its clock is not ours."""
    before = Reservation.objects.filter(of_place(reservation.evse_id), station_id=reservation.station_id)
    begin = reservation.begins_at
    return before.filter(asked_at__lt=begin, ends_at__range=(begin - PATIENCE, begin)).exists()


def _says_reserved(reservation: Reservation) -> bool:
    if reservation.evse is None:
        return True
    return reservation.evse.connectors.filter(status=ConnectorStatus.RESERVED).exists()


def _follow_cancel(reservation: Reservation, command: StationCommand) -> None:
    """A station that knows of no such reservation rejects it (S16 §7.5); people decide whether to believe it."""
    if command.state == CommandState.ACCEPTED:
        reservation.close(ReservationState.CANCELLED, at=now(), status=command.status)
    elif command.state == CommandState.REJECTED:
        reservation.note("cancel_rejected", status=command.status)
    else:
        reservation.note("cancel_failed", error=command.error)
