"""What becomes of a reservation at the station: used by a charge, lifted, or lost with its connector."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.charging.messages import ReservationStatusUpdate, ReservationUpdateStatus
from apps.charging.models import Reservation, ReservationState, Transaction
from apps.charging.rules.reservations import CLOCK_TOLERANCE, Sign, sign_of
from apps.charging.services.heard import Heard
from apps.charging.services.reservation_calls import AHEAD
from apps.charging.services.reservation_rows import (
    ASKED,
    CANCEL,
    commands_of,
    locked_reservation,
    open_reservations,
    tell_reservation,
)
from apps.core.clock import now
from apps.stations.messages import Caller, OcppVersion, StatusNotification
from apps.stations.models import CommandState
from apps.stations.services.rows import locked_station


def note_reservation(charge: Transaction, heard: Heard) -> None:
    """Mark what a charge uses, by the number it names or by its token; the same again changes nothing.

    Who charges where it is kept for others is shown, and stopped by nobody: the station has let it happen.
    """
    number = heard.event.reservation_id
    named = _named(charge, number) if number is not None and number > 0 else None
    kept = _kept(charge)
    mine = named or next((one for one in kept if _fits(one, charge)), None)  # some stations do not name it
    if mine is not None:
        _use(mine, charge)
    for other in kept:
        if other != mine and other.evse_id is not None and not _fits(other, charge):
            _note_stranger(other, charge)


def _named(charge: Transaction, number: int) -> Reservation | None:
    """The one it names, among its own station's; a number that means nothing is noted."""
    found = Reservation.objects.filter(station_id=charge.station_id, number=number).first()
    if found is None:
        charge.note("reservation_unknown", number=number)
        charge.save(update_fields=["notes"])
        return None
    return locked_reservation(found.pk)


def _kept(charge: Transaction) -> list[Reservation]:
    """Of its EVSE, and those of any: where only one is kept free, others may take another."""
    at = charge.started_at
    place = Q(evse=None) | Q(evse_id=charge.evse_id)
    kept = open_reservations(charge.station_id).filter(place, state__in=ASKED)
    return list(kept.filter(begins_at__lte=at + AHEAD, ends_at__gt=at))


def _fits(reservation: Reservation, charge: Transaction) -> bool:
    return reservation.fits(charge.token_value, charge.id_token.group if charge.id_token else "")


def _use(reservation: Reservation, charge: Transaction) -> None:
    """Told late, it counts although our clock has ended it meanwhile (Q23)."""
    was_in_time = reservation.state == ReservationState.EXPIRED and charge.started_at < reservation.ends_at
    if reservation.is_open or (was_in_time and reservation.transaction_id is None):
        reservation.close(ReservationState.USED, at=charge.started_at, transaction=charge)
        tell_reservation(reservation)
    elif reservation.transaction_id != charge.pk:
        charge.note("reservation_over", number=reservation.number)
        charge.save(update_fields=["notes"])
    if not _fits(reservation, charge):
        _note_stranger(reservation, charge)


def _note_stranger(reservation: Reservation, charge: Transaction) -> None:
    if not charge.token_value:
        return
    charge.note("reserved_for_other", number=reservation.number)
    charge.save(update_fields=["notes"])
    reservation.note("used_by_other", charge=charge.pk)
    tell_reservation(reservation)


def follow_status(caller: Caller, news: StatusNotification) -> None:
    """What a connector's status says of its reservation. Only 1.6 says it in no other way."""
    at = news.at or caller.received_at
    asked = open_reservations(caller.station_id).filter(state__in=ASKED, asked_at__lte=at + CLOCK_TOLERANCE)
    for reservation in asked:
        numbers = (reservation.evse.number, 0) if reservation.evse else (0,)
        if news.evse in numbers:
            _follow(reservation, caller, news, at=at)


def _follow(reservation: Reservation, caller: Caller, news: StatusNotification, *, at: datetime) -> None:
    was_held = reservation.held_at is not None
    sign = sign_of(news.status, was_held=was_held, ends_at=reservation.ends_at, at=caller.received_at)
    if sign is Sign.HELD:
        reservation.held_at = reservation.held_at or at
        reservation.save(update_fields=["held_at"])
    elif caller.version is not OcppVersion.V16:
        return  # it will say so in a ReservationStatusUpdate (H01.FR.16, H04.FR.01)
    elif sign in (Sign.EXPIRED, Sign.LIFTED):
        _lift(reservation, is_early=sign is Sign.LIFTED, word=news.raw_status)
    elif sign is Sign.BROKEN and reservation.state == ReservationState.ACTIVE:
        reservation.close(ReservationState.CANCELLED, at=now(), status=news.raw_status)
    if sign:
        tell_reservation(reservation)


def _lift(reservation: Reservation, *, is_early: bool, word: str) -> None:
    """Its word may come before the worker has looked at its answer to CancelReservation."""
    cancelling = commands_of(reservation).filter(kind=CANCEL, state__in=(CommandState.SENT, CommandState.ACCEPTED))
    if cancelling.exists():
        reservation.close(ReservationState.CANCELLED, at=now(), status=word)
        return
    if is_early:
        reservation.note("lifted_early")
    reservation.close(ReservationState.EXPIRED, at=now(), status=word)


@transaction.atomic
def take_reservation_update(caller: Caller, news: ReservationStatusUpdate) -> None:
    """A 2.x station has ended a reservation by itself. The same again changes nothing."""
    locked_station(caller.station_id)
    known = Reservation.objects.filter(station_id=caller.station_id, number=news.id).first()
    reservation = locked_reservation(known.pk) if known else None
    if reservation is None or not reservation.is_open:
        return
    was_removed = news.status is ReservationUpdateStatus.REMOVED
    state = ReservationState.CANCELLED if was_removed else ReservationState.EXPIRED
    reservation.close(state, at=now(), status=news.status.value)
    tell_reservation(reservation)
