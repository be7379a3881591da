"""Finding reservations, and what their station was asked about them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.charging.messages import CancelReservation, ReserveNow
from apps.charging.models import OPEN_RESERVATIONS, Reservation, ReservationState
from apps.core.errors import UnableTo
from apps.drivers.models import IdToken
from apps.events.services import broadcast
from apps.stations.models import EVSE, Connector, StationCommand
from apps.stations.services.command_kinds import kind_of_class

ASKED = (ReservationState.REQUESTED, ReservationState.ACTIVE)
RESERVE, CANCEL = kind_of_class(ReserveNow), kind_of_class(CancelReservation)


def locked_reservation(reservation_id: int) -> Reservation:
    """Lock the station first: everything about one station happens one after another."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("station__location", "evse", "id_token").get(pk=reservation_id)


def open_reservations(station_id: int) -> QuerySet[Reservation]:
    """A station's reservations that are not over, to be changed."""
    rows = Reservation.objects.select_for_update(of=("self",), no_key=True).select_related("evse", "id_token")
    return rows.filter(station_id=station_id, state__in=OPEN_RESERVATIONS).order_by("begins_at", "pk")


def of_place(evse_id: int | None) -> Q:
    """Reservations that concern an EVSE: its own, and those of any EVSE. Without one, all of the station."""
    return Q() if evse_id is None else Q(evse=None) | Q(evse_id=evse_id)


def holding(station_ids: Iterable[int]) -> QuerySet[Reservation]:
    """What these stations keep now, or have been asked to."""
    asked = Reservation.objects.filter(station_id__in=list(station_ids), state__in=ASKED)
    return asked.select_related("evse", "id_token__driver").order_by("begins_at")


def refuse_if_reserved(evse: EVSE, token: IdToken) -> None:
    """Raise UnableTo where an EVSE is kept for somebody else."""
    if any(not held.fits(token.value, token.group) for held in holding([evse.station_id]).filter(evse=evse)):
        raise UnableTo(_("This EVSE is reserved for another id token."))


def commands_of(reservation: Reservation) -> QuerySet[StationCommand]:
    """What the station was asked about it, the newest first."""
    asked = StationCommand.objects.filter(station_id=reservation.station_id, kind__in=(RESERVE, CANCEL))
    return asked.filter(message__id=reservation.number).select_related("station")


def tell_reservation(reservation: Reservation) -> None:
    """Let open pages draw it, and the connectors that it is about."""
    broadcast("reservations", id=reservation.pk)
    place = Q(evse_id=reservation.evse_id) if reservation.evse_id else Q(evse__station_id=reservation.station_id)
    for connector_id in Connector.objects.filter(place).values_list("pk", flat=True):
        broadcast("connectors", id=connector_id)
