"""Reservations as people make them: kept in our calendar first, asked of the station when they begin."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.charging.messages import CancelReservation
from apps.charging.models import Reservation, ReservationState
from apps.charging.services.reservation_calls import ask_if_due, lifetime_s
from apps.charging.services.reservation_rows import (
    CANCEL,
    RESERVE,
    commands_of,
    locked_reservation,
    tell_reservation,
)
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.drivers.messages import AuthorizationStatus, IdTokenInfo, IdTokenSeen, TokenType
from apps.drivers.models import IdToken
from apps.drivers.services import authorize
from apps.stations.models import EVSE, ChargingStation, CommandState, Variable
from apps.stations.models.commands import OPEN_STATES
from apps.stations.services.commands import cancel_command, queue_command
from apps.stations.services.rows import locked_station

LONGEST = timedelta(days=7)
FARTHEST = timedelta(days=366)


@transaction.atomic
def reserve(
    station: ChargingStation,
    evse: EVSE | None,
    *,
    token: IdToken | None,
    begins_at: datetime | None,
    ends_at: datetime,
    by: str,
) -> Reservation:
    """Keep an EVSE, or any of the station, for a token; from now on without `begins_at`.

    Raises UnableTo where the answer is known beforehand, above all for what is taken in that time.
    """
    if token is None:
        raise UnableTo(_("Choose the id token that this is reserved for."))
    current = locked_station(station.pk)
    # Stations are told whole seconds.
    begin, end = max(begins_at or now(), now()).replace(microsecond=0), ends_at.replace(microsecond=0)
    _check_times(begin, end)
    _check_place(current, evse)
    made = Reservation(
        station=current, evse=evse, id_token=token, group=_verdict(token, current, evse).group or "",
        begins_at=begin, ends_at=end, by=by, number=current.next_request_id(),
    )  # fmt: skip
    _save_once(made)
    audit.record(by, "charging.reservation.created", audit.target_of(made), station=current.identity)
    ask_if_due(made)
    tell_reservation(made)
    return made


def _check_times(begins_at: datetime, ends_at: datetime) -> None:
    problem = ""
    if ends_at <= begins_at:
        problem = _("A reservation ends after it begins, and not in the past.")
    elif ends_at - begins_at > LONGEST:
        problem = _("A reservation lasts seven days at most.")
    elif begins_at > now() + FARTHEST:
        problem = _("A reservation begins within a year.")
    if problem:
        raise UnableTo(problem, errors=[FieldError("$.ends_at", problem)])


def _check_place(station: ChargingStation, evse: EVSE | None) -> None:
    if station.archived_at:
        raise UnableTo(_("The station %(name)s is archived.") % {"name": station.identity})
    if evse is not None and evse.station_id != station.pk:
        raise UnableTo(_("This EVSE belongs to another station."))
    profiles = _told(station, "", "SupportedFeatureProfiles")
    if profiles and "reservation" not in profiles.casefold():
        raise UnableTo(_("The station says that it does not support reservations (SupportedFeatureProfiles)."))
    if evse is None and not reserves_any(station):
        raise UnableTo(_("This station does not say that it can keep any of its EVSEs free. Choose one of them."))


def reserves_any(station: ChargingStation) -> bool:
    """Whether it has said that it takes reservations of no particular EVSE (S16 §9.3.1, H01.FR.19)."""
    told = _told(station, "", "ReserveConnectorZeroSupported") or _told(station, "ReservationCtrlr", "NonEvseSpecific")
    return told.strip().casefold() == "true"


def _told(station: ChargingStation, component: str, name: str) -> str:
    told = Variable.objects.filter(
        station=station, component__iexact=component, name__iexact=name, attribute="Actual", value__isnull=False
    )
    return told.values_list("value", flat=True).first() or ""


def _verdict(token: IdToken, station: ChargingStation, evse: EVSE | None) -> IdTokenInfo:
    seen = IdTokenSeen(value=token.value, type=TokenType(token.type), raw=token.value)
    verdict = authorize(seen, station_id=station.pk, evse=evse.number if evse else None)
    if verdict.status != AuthorizationStatus.ACCEPTED:
        raise UnableTo(_("This id token may not charge: %(reason)s") % {"reason": verdict.reason})
    return verdict


def _save_once(made: Reservation) -> None:
    """The database decides: two people may ask for the same at the same time."""
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as problem:
        if "reservation_once" not in str(problem):
            raise
        raise UnableTo(_("This is reserved already in that time. Look at the calendar.")) from problem


@transaction.atomic
def cancel_reservation(reservation: Reservation, *, by: str) -> Reservation:
    """Give it up: at once while the station does not know of it, else when the station has agreed."""
    locked_station(reservation.station_id)
    current = locked_reservation(reservation.pk)
    if not current.is_open:
        raise UnableTo(_("This reservation is over already."))
    audit.record(by, "charging.reservation.cancelled", audit.target_of(current), station=current.station.identity)
    if current.is_asked and not _take_back(current, by=by):
        _ask_to_cancel(current, by=by)
    else:
        current.close(ReservationState.CANCELLED, at=now())
    tell_reservation(current)
    return current


def _take_back(reservation: Reservation, *, by: str) -> bool:
    """Take back what still waits to be sent; whether the station was never asked at all."""
    asked = commands_of(reservation).filter(kind=RESERVE)
    for command in asked.filter(state=CommandState.QUEUED):
        cancel_command(command, by=by)
    return not asked.filter(sent_at__isnull=False).exists()


def _ask_to_cancel(reservation: Reservation, *, by: str) -> None:
    if commands_of(reservation).filter(kind=CANCEL, state__in=OPEN_STATES).exists():
        raise UnableTo(_("The station has been asked to cancel it and has not answered yet."))
    message = CancelReservation(id=reservation.number)
    queue_command(reservation.station, message, by=by, expires_in_s=lifetime_s(reservation))


@transaction.atomic
def drop_reservation(reservation: Reservation, *, by: str) -> Reservation:
    """Strike it off our calendar without the station's consent, which may go on holding the connector."""
    locked_station(reservation.station_id)
    current = locked_reservation(reservation.pk)
    if not current.is_open:
        raise UnableTo(_("This reservation is over already."))
    audit.record(by, "charging.reservation.dropped", audit.target_of(current), station=current.station.identity)
    current.note("dropped")
    current.close(ReservationState.CANCELLED, at=now())
    tell_reservation(current)
    return current
