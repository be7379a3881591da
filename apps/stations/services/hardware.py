"""Locations, stations, EVSEs and connectors, as people and programs set them up."""

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.accounts.services.saving import save_checked
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.services import broadcast
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.services.deviations import assess
from apps.stations.services.registration import ask_to_boot

MOST_EVSES = 64


def save_location(location: Location, *, by: str) -> Location:
    """Save a new or edited location; raises UnableTo with the errors of each field."""
    return save_checked(location, by=by, name=location.name)


@transaction.atomic
def delete_location(location: Location, *, by: str) -> None:
    """Remove a location that has no stations."""
    target = audit.target_of(location)
    try:
        location.delete()
    except ProtectedError as problem:
        raise UnableTo(_("There are stations at this location, so it can't be deleted.")) from problem
    audit.record(by, "stations.location.deleted", target, name=location.name)


@transaction.atomic
def save_station(station: ChargingStation, *, by: str, evses: int = 0) -> ChargingStation:
    """Save a new or edited station and see to it that it has at least so many EVSEs, with one connector each."""
    before = ChargingStation.objects.filter(pk=station.pk).values_list("registration", flat=True).first()
    saved = save_checked(station, by=by, name=station.identity)
    ask_to_boot(saved, before, by=by)
    assess(saved)
    for number in range(1, min(evses, MOST_EVSES) + 1):
        if not saved.evses.filter(number=number).exists():
            add_evse(saved, number=number, by=by)
    broadcast("stations", id=saved.pk)
    return saved


@transaction.atomic
def add_evse(
    station: ChargingStation, *, by: str, number: int | None = None, connectors: int = 1, max_power_w: int | None = None
) -> EVSE:
    """A further EVSE with its connectors; without `number` the next free one."""
    chosen = number or max(station.evses.values_list("number", flat=True), default=0) + 1
    evse = save_checked(
        EVSE(station=station, number=chosen, max_power_w=max_power_w), by=by, name=f"{station.identity}/{chosen}"
    )
    for connector in range(1, connectors + 1):
        Connector.objects.create(evse=evse, number=connector)
    return evse


def save_evse(evse: EVSE, *, by: str) -> EVSE:
    """Save an edited EVSE; raises UnableTo with the errors of each field."""
    return save_checked(evse, by=by)


def save_connector(connector: Connector, *, by: str) -> Connector:
    """Save an edited connector; raises UnableTo with the errors of each field."""
    return save_checked(connector, by=by)


@transaction.atomic
def archive_station(station: ChargingStation, *, by: str) -> None:
    """Take a station out of use: it is refused from now on, its history stays. A second call changes nothing."""
    changed = ChargingStation.objects.filter(pk=station.pk, archived_at=None).update(archived_at=now())
    if changed:
        audit.record(by, "stations.chargingstation.archived", audit.target_of(station), name=station.identity)
        broadcast("stations", id=station.pk)


@transaction.atomic
def restore_station(station: ChargingStation, *, by: str) -> None:
    """Bring an archived station back into use."""
    changed = ChargingStation.objects.filter(pk=station.pk).exclude(archived_at=None).update(archived_at=None)
    if changed:
        audit.record(by, "stations.chargingstation.restored", audit.target_of(station), name=station.identity)
        broadcast("stations", id=station.pk)
