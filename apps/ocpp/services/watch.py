"""What a gateway may have missed, because messages between processes can be lost."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.ocpp.messages import Link, LinkKey
from apps.stations.models import ChargingStation
from apps.stations.services.commands import waiting_stations
from apps.stations.services.templates import HEARTBEAT_S, heartbeat_of
from apps.telemetry.services.leases import superseded
from apps.tenants.services.tenants import active_schemas

SCHEMAS_AT_ONCE = 100


@dataclass(frozen=True)
class Findings:
    """Connected stations: those with something queued, and the links for which a newer socket speaks."""

    commanded: frozenset[LinkKey]
    superseded: frozenset[Link]


def look_out(links: Collection[Link]) -> Findings:
    """Look after the stations of all tenants that are connected here: one statement, and one per hundred tenants."""
    gone = superseded((link.tenant_id, link.station_id, link.epoch) for link in links)
    # Of those that still exist: one whose schema is no more would spoil the statement for the others.
    schemas = sorted({link.schema for link in links} & set(active_schemas()))
    waiting: set[LinkKey] = set()
    for begin in range(0, len(schemas), SCHEMAS_AT_ONCE):
        waiting |= waiting_stations(schemas[begin : begin + SCHEMAS_AT_ONCE])
    return Findings(
        commanded=frozenset(waiting & {link.key for link in links}),
        superseded=frozenset(link for link in links if (link.tenant_id, link.station_id, link.epoch) in gone),
    )


def told_heartbeat(link: Link) -> int:
    """The interval in seconds in which this station has been told to beat."""
    station = ChargingStation.objects.filter(pk=link.station_id).first()
    return heartbeat_of(station) if station else HEARTBEAT_S
