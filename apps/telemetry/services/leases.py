"""Who speaks for a station: a lease with an epoch. The newest authenticated socket wins (Q53, Q54)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from apps.core.clock import now
from apps.telemetry.messages import Lease
from apps.telemetry.services.writing import TENANT

TAKE = f"""
WITH before AS (
    SELECT gateway, remote_address, last_seen_at FROM telemetry.station_live
    WHERE tenant_id = {TENANT} AND station_id = %(station)s AND connected_at IS NOT NULL
)
INSERT INTO telemetry.station_live AS live
    (tenant_id, station_id, epoch, gateway, version, remote_address, connected_at, last_seen_at)
VALUES ({TENANT}, %(station)s, 1, %(gateway)s, %(version)s, %(address)s, %(now)s, %(now)s)
ON CONFLICT (tenant_id, station_id) DO UPDATE SET epoch = live.epoch + 1, gateway = excluded.gateway,
    version = excluded.version, remote_address = excluded.remote_address, connected_at = excluded.connected_at,
    last_seen_at = excluded.last_seen_at
RETURNING epoch, coalesce((SELECT gateway FROM before), ''), coalesce((SELECT remote_address FROM before), ''),
    (SELECT last_seen_at FROM before)
"""
RELEASE = f"""
UPDATE telemetry.station_live SET connected_at = NULL, disconnected_at = %s, gateway = ''
WHERE tenant_id = {TENANT} AND station_id = %s AND epoch = %s AND connected_at IS NOT NULL
"""
HOLDS = f"SELECT 1 FROM telemetry.station_live WHERE tenant_id = {TENANT} AND station_id = %s AND epoch = %s"
SEEN = """
UPDATE telemetry.station_live AS live SET last_seen_at = seen.at
FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[]) AS seen (tenant_id, station_id, epoch, at)
WHERE live.tenant_id = seen.tenant_id AND live.station_id = seen.station_id AND live.epoch = seen.epoch
"""
SUPERSEDED = """
SELECT held.tenant_id, held.station_id, held.epoch
FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS held (tenant_id, station_id, epoch)
JOIN telemetry.station_live AS live USING (tenant_id, station_id) WHERE live.epoch > held.epoch
"""
RELEASE_ALL = """
UPDATE telemetry.station_live SET connected_at = NULL, disconnected_at = %s, gateway = '' WHERE gateway = %s
"""
RELEASE_SILENT = """
UPDATE telemetry.station_live SET connected_at = NULL, disconnected_at = last_seen_at, gateway = ''
WHERE connected_at IS NOT NULL AND last_seen_at < %s
"""


def take_lease(station_id: int, *, gateway: str, version: str, address: str) -> Lease:
    """Make this socket the station's only one: epoch + 1. Says which gateway held it before."""
    values: dict[str, Any] = {
        "station": station_id,
        "gateway": gateway,
        "version": version,
        "address": address,
        "now": now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        epoch, before, address_before, seen_at = cursor.fetchone()
    return Lease(
        station_id=station_id, epoch=epoch, gateway=gateway, superseded_gateway=before,
        superseded_address=address_before, superseded_seen_at=seen_at,
    )  # fmt: skip


def release_lease(station_id: int, *, epoch: int) -> bool:
    """The socket is gone. A late close of a superseded socket changes nothing and answers False."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, [now(), station_id, epoch])
        return bool(cursor.rowcount)


def holds_lease(station_id: int, *, epoch: int) -> bool:
    """Whether this epoch is still the newest."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDS, [station_id, epoch])
        return cursor.fetchone() is not None


def superseded(held: Iterable[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    """Those of these leases, as (tenant id, station id, epoch), whose stations have a newer one."""
    columns = [list(column) for column in zip(*held, strict=True)]
    if not columns:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(SUPERSEDED, columns)
        return set(cursor.fetchall())


def note_seen(seen: Iterable[tuple[int, int, int, datetime]]) -> None:
    """Last signs of life as (tenant id, station id, epoch, instant), for many stations in one statement."""
    columns = [list(column) for column in zip(*seen, strict=True)]
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(SEEN, columns)


def release_gateway(gateway: str) -> None:
    """A gateway process has ended or starts anew: none of its sockets lives."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_ALL, [now(), gateway])


def release_silent(before: datetime) -> int:
    """Leases of gateways that died and never came back: nobody has noted a sign of life since `before`. How many."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE_SILENT, [before])
        return int(cursor.rowcount)
