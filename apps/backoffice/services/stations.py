"""What the pages of stations show."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields import DateTimeField, TextField
from django.utils.translation import gettext as _

from apps.core.errors import UnableToFind
from apps.stations.models import (
    ChargingStation,
    Location,
    QuarantinedMessage,
    RefusedConnection,
    StationCommand,
    StationEvent,
)
from apps.stations.services.near import near_identities
from apps.telemetry.models import StationLive

PER_PAGE = 50
COMMANDS_SHOWN = 12
EVENTS_SHOWN = 20
QUARANTINED_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where a station is connected; everything empty when it never was."""

    is_online: bool
    live: StationLive | None


def station_by_identity(identity: str) -> ChargingStation:
    """The station; raises UnableToFind."""
    station = ChargingStation.objects.select_related("location", "clock").filter(identity=identity).first()
    if station is None:
        raise UnableToFind(_("There is no station with this identity."))
    return station


def connection_of(station: ChargingStation) -> Connection:
    live = StationLive.objects.filter(station_id=station.pk).first()
    return Connection(is_online=bool(live and live.connected_at), live=live)


@dataclass(frozen=True, kw_only=True)
class StationList:
    page: Page[Any]
    locations: list[Location]


def station_list(*, text: str, location: int | None, shown: str, page: int) -> StationList:
    """A page of them."""
    found = stations_matching(text=text, location=location, shown=shown)
    return StationList(page=Paginator(found, PER_PAGE).get_page(page), locations=list(Location.objects.all()))


def stations_matching(*, text: str, location: int | None, shown: str) -> QuerySet[ChargingStation]:
    """Stations with whether they are connected; `shown` is online, offline, archived or nothing."""
    live = StationLive.objects.filter(station_id=OuterRef("pk"))
    found = ChargingStation.objects.select_related("location").annotate(
        is_online=Exists(live.filter(connected_at__isnull=False)),
        last_seen_at=Subquery(live.values("last_seen_at")[:1], output_field=DateTimeField()),
        address=Subquery(live.values("remote_address")[:1], output_field=TextField()),
    )
    found = found.exclude(archived_at=None) if shown == "archived" else found.filter(archived_at=None)
    if shown in ("online", "offline"):
        found = found.filter(is_online=shown == "online")
    if location:
        found = found.filter(location=location)
    if text:
        found = found.filter(_matches(text))
    return found


def _matches(text: str) -> Q:
    match = Q()
    for name in ("identity", "name", "vendor", "model", "serial_number", "firmware_version", "location__name"):
        match |= Q(**{f"{name}__icontains": text})
    return match


def commands_of(station: ChargingStation, *, limit: int = COMMANDS_SHOWN) -> list[StationCommand]:
    return list(StationCommand.objects.filter(station=station).select_related("station")[:limit])


def command_page(station: ChargingStation, *, page: int) -> Page[StationCommand]:
    commands = StationCommand.objects.filter(station=station).select_related("station")
    return Paginator(commands, PER_PAGE).get_page(page)


def quarantined_of(station: ChargingStation) -> list[QuarantinedMessage]:
    """Messages that nobody has dealt with yet."""
    return list(QuarantinedMessage.objects.filter(station=station, settled_at=None)[:QUARANTINED_SHOWN])


def events_of(station: ChargingStation) -> list[StationEvent]:
    return list(StationEvent.objects.filter(station=station)[:EVENTS_SHOWN])


def refused(*, text: str, page: int) -> Page[Any]:
    """Refused connections; each knows whether its identity is a station of this tenant, or nearly one's (Q67)."""
    known = ChargingStation.objects.filter(identity=OuterRef("identity"))
    found = RefusedConnection.objects.annotate(is_known=Exists(known)).order_by("-last_at", "-pk")
    if text:
        found = found.filter(Q(identity__icontains=text) | Q(address__icontains=text) | Q(reason__icontains=text))
    shown: Page[Any] = Paginator(found, PER_PAGE).get_page(page)
    near = near_identities(row.identity for row in shown.object_list if not row.is_known)
    for row in shown.object_list:
        row.near = near.get(row.identity, [])
    return shown


@dataclass(frozen=True, kw_only=True)
class Onboarding:
    """What to type into a station's own set-up."""

    url: str
    base_url: str
    user: str
    is_secure: bool


def onboarding(tenant_slug: str, identity: str) -> Onboarding:
    """Many stations append their identity to the base address by themselves; others want the whole."""
    base = f"{settings.GATEWAY_URL.rstrip('/')}/ocpp/{tenant_slug}"
    return Onboarding(
        url=f"{base}/{quote(identity, safe='')}",
        base_url=base,
        user=identity,
        is_secure=urlsplit(base).scheme == "wss",
    )


def pages_url(tenant_slug: str) -> str:
    """Where a tenant's operators work."""
    scheme, _separator, host = settings.PUBLIC_URL.partition("://")
    return f"{scheme}://{tenant_slug}.{host.rstrip('/')}/"
