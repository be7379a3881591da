"""The look-out: what was not told is found, for all tenants at once."""

from django.conf import settings
from redis import Redis

from apps.events.services import live_group
from apps.ocpp.messages import Link
from apps.ocpp.services.watch import look_out
from apps.stations.messages import OcppVersion, Reset, ResetType
from apps.stations.models import ChargingStation
from apps.stations.services.commands import queue_command
from apps.telemetry.services.leases import take_lease
from apps.tenants.models import Tenant
from apps.tenants.scope import PUBLIC, schema_scope
from tests.plugged import wait_for


def connected(tenant: Tenant, station: ChargingStation) -> Link:
    lease = take_lease(station.pk, gateway="gateway.test", version="1.6", address="")
    return Link(
        schema=tenant.schema_name, tenant_id=tenant.pk, station_id=station.pk, identity=station.identity,
        version=OcppVersion.V16, epoch=lease.epoch,
    )  # fmt: skip


def queue(station: ChargingStation) -> None:
    queue_command(station, Reset(type=ResetType.IMMEDIATE), by="ada@example.com")


def test_what_waits_is_found_in_every_tenant_and_nobody_elses(alpha, beta, make_station):
    idle, asked, offline = (make_station(name) for name in ("CS-1", "CS-2", "CS-3"))
    links = [connected(alpha, idle), connected(alpha, asked)]
    queue(asked), queue(asked), queue(offline)
    with schema_scope(beta.schema_name):
        other = make_station("CS-1")
        links.append(connected(beta, other))
        queue(other)

    with schema_scope(PUBLIC):
        found = look_out(links)
    assert found.commanded == {links[1].key, links[2].key}
    assert found.superseded == frozenset()


def test_a_newer_socket_is_found_in_its_own_tenant_only(alpha, beta, make_station):
    old = connected(alpha, make_station("CS-1"))
    with schema_scope(beta.schema_name):
        same_number = connected(beta, make_station("CS-1", pk=old.station_id))
    newest = connected(alpha, ChargingStation.objects.get(pk=old.station_id))

    with schema_scope(PUBLIC):
        assert look_out([old, same_number]).superseded == {old}
        assert look_out([newest, same_number]).superseded == frozenset()


def test_a_tenant_that_is_no_more_hides_nobody(alpha, make_station):
    asked = connected(alpha, make_station("CS-1"))
    queue(ChargingStation.objects.get(pk=asked.station_id))
    ghost = Link(schema="t_ghost", tenant_id=0, station_id=1, identity="G", version=OcppVersion.V16, epoch=1)

    with schema_scope(PUBLIC):
        assert look_out([ghost, asked]).commanded == {asked.key}


def test_a_gateway_without_stations_looks_for_nothing(alpha):
    with schema_scope(PUBLIC):
        assert look_out([]).commanded == frozenset()


def test_pages_are_told_of_a_station_that_comes_and_goes(plug, live_tenant, station):
    with Redis.from_url(settings.REDIS_URL).pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(f"asgi__group__{live_group(live_tenant.schema_name)}")
        listener.get_message(timeout=5)

        raw = plug()
        assert wait_for(lambda: b"stations" in (listener.get_message(timeout=1) or {"data": b""})["data"])
        raw.unplug()
        assert wait_for(lambda: b"stations" in (listener.get_message(timeout=1) or {"data": b""})["data"])
