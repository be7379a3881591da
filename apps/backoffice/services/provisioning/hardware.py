"""Locations and stations."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.backoffice.services.provisioning.results import BY, Given, Provisioned, put
from apps.backoffice.services.provisioning.tenants import stations_url
from apps.core.errors import UnableToFind
from apps.stations.models import ChargingStation, Location
from apps.stations.services import credentials
from apps.stations.services.hardware import restore_station, save_location, save_station

LOCATION_FIELDS = ("address", "postal_code", "city", "country", "time_zone", "latitude", "longitude")
STATION_FIELDS = ("vendor", "model", "registration")


@transaction.atomic
def provision_location(name: str, given: Given) -> Provisioned:
    """The location with this name."""
    existing = Location.objects.filter(name=name).first()
    location = save_location(put(existing or Location(name=name), given, LOCATION_FIELDS), by=BY)
    return Provisioned(kind="location", id=location.pk, created=existing is None, facts={"name": location.name})


def find_location(named: str) -> Location:
    """By name, or by number as the API shows it."""
    found = Location.objects.filter(name=named).first()
    if found is None and named.isascii() and named.isdecimal():
        found = Location.objects.filter(pk=int(named)).first()
    if found is None:
        raise UnableToFind(_("There is no location “%(name)s”.") % {"name": named})
    return found


def find_station(identity: str) -> ChargingStation:
    station = ChargingStation.objects.filter(identity=identity, archived_at=None).first()
    if station is None:
        raise UnableToFind(_("There is no charging station “%(identity)s”.") % {"identity": identity})
    return station


@transaction.atomic
def provision_station(identity: str, given: Given, *, tenant_slug: str) -> Provisioned:
    """The station with this identity, its EVSEs and its password. An archived one comes back into use."""
    existing = ChargingStation.objects.filter(identity=identity).first()
    station = _restored(existing) if existing else ChargingStation(identity=identity)
    put(station, given, STATION_FIELDS)
    if "station_name" in given:
        station.name = given["station_name"]
    if "location" in given:
        station.location = find_location(given["location"]) if given["location"] else None
    saved = save_station(station, by=BY, evses=given.get("evses", 0 if existing else 1))
    password, note = _password(saved, given)
    facts = {
        "password": password,
        "url": f"{stations_url(tenant_slug)}/{saved.identity}",
        "evses": saved.evses.count(),
        "registration": saved.registration,
        "location": saved.location.name if saved.location else None,
    }
    return Provisioned(kind="station", id=saved.identity, created=existing is None, facts=facts, note=note)


def _restored(station: ChargingStation) -> ChargingStation:
    restore_station(station, by=BY)
    station.archived_at = None
    return station


def _password(station: ChargingStation, given: Given) -> tuple[str | None, str]:
    """The password if it was made or passed in now, and what to say when it was left as it is."""
    wanted: str | None = given.get("password")
    if given.get("rotate") or not station.password_digest:
        return credentials.set_password(station, wanted, by=BY), ""
    if wanted and credentials.check(station.identity, wanted) is None:
        return None, _("The station keeps the password it has; add --rotate to change it.")
    return wanted, ""
