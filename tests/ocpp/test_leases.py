"""The newest socket speaks for a station, wherever the older one is connected."""

import pytest

from apps.ocpp.gateway import Rhythm
from apps.stations.services.credentials import set_password
from apps.telemetry.models import Frame, StationLive
from apps.telemetry.services.leases import take_lease
from apps.tenants.scope import schema_scope
from tests.plugged import PASSWORD, wait_for

SUPERSEDED = 4001


def live(station):
    return StationLive.objects.get(station_id=station.pk)


def test_a_connection_shows_where_and_since_when(plug, gateway, station):
    plug(version="2.0.1")

    row = live(station)
    assert (row.gateway, row.version, row.remote_address, row.epoch) == (gateway.gateway.name, "2.0.1", "127.0.0.1", 1)
    assert row.connected_at is not None


def test_a_station_that_leaves_is_offline(plug, station):
    plug().unplug()

    row = wait_for(lambda: StationLive.objects.filter(station_id=station.pk, connected_at=None).first())
    assert (row.epoch, row.gateway) == (1, "")
    assert row.disconnected_at is not None


def test_q53_the_newest_socket_wins_in_one_process(plug, station):
    old = plug()
    new = plug()

    assert old.close_code() == SUPERSEDED
    assert "currentTime" in new.call("Heartbeat")
    assert live(station).epoch == 2


def test_q53_the_newest_socket_wins_across_two_gateways(plug, start_gateway, station):
    other = start_gateway()
    old = plug()
    new = plug(at=other)

    assert old.close_code() == SUPERSEDED
    assert new.call("StatusNotification", available()) == {}
    wait_for(lambda: live(station).gateway == other.gateway.name)


def test_q53_the_late_end_of_an_old_socket_does_not_take_the_new_one_offline(plug, gateway, station):
    old = plug()
    plug()
    old.close_code()

    wait_for(lambda: len(gateway.gateway.connections) == 1)
    row = live(station)
    assert (row.epoch, row.connected_at is not None) == (2, True)


def test_many_reconnects_leave_one_owner(plug, gateway, station):
    sockets = [plug() for _ in range(12)]

    assert [raw.close_code() for raw in sockets[:-1]] == [SUPERSEDED] * 11
    assert "currentTime" in sockets[-1].call("Heartbeat")
    assert len(gateway.gateway.connections) == 1
    assert live(station).epoch == 12


def test_a_socket_whose_lease_was_taken_elsewhere_can_write_nothing(plug, station):
    """Even when the message that should have closed it was lost: its epoch is old."""
    raw = plug()
    take_lease(station.pk, gateway="gateway.elsewhere", version="1.6", address="")

    raw.send("StatusNotification", available())

    assert raw.close_code() == SUPERSEDED
    assert not Frame.objects.filter(station_id=station.pk, action="StatusNotification").exists()
    assert live(station).gateway == "gateway.elsewhere"


def test_a_lost_message_of_a_newer_socket_costs_one_look_out(plug, start_gateway, station):
    watchful = start_gateway(rhythm=Rhythm(look_out=0.1))
    raw = plug(at=watchful)

    take_lease(station.pk, gateway="gateway.elsewhere", version="1.6", address="")

    assert raw.close_code() == SUPERSEDED


def test_leases_of_a_gateway_that_never_came_back_are_released_by_another(plug, start_gateway, station, make_station):
    abandoned = make_station("CS-2")
    take_lease(abandoned.pk, gateway="gateway.dead", version="1.6", address="")
    other = start_gateway(rhythm=Rhythm(note_seen=0.1, abandoned_after=2))
    raw = plug(at=other)

    def is_released():
        assert "currentTime" in raw.call("Heartbeat")
        return live(abandoned).connected_at is None

    wait_for(is_released)
    assert live(station).connected_at is not None


def test_equal_identities_of_two_tenants_stay_apart(plug, gateway, live_tenant, second_tenant, station, make_station):
    with schema_scope(second_tenant.schema_name):
        other_station = make_station("CS-1")
        set_password(other_station, PASSWORD, by="test")
    mine, theirs = plug(), plug(slug=second_tenant.slug, version="2.0.1")

    mine.call("BootNotification", {"chargePointVendor": "Mine", "chargePointModel": "M"})
    theirs.call("BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "Theirs", "model": "T"}})

    assert len(gateway.gateway.connections) == 2
    station.refresh_from_db()
    assert (station.vendor, live(station).version) == ("Mine", "1.6")
    assert {"Mine" in frame.payload for frame in Frame.objects.filter(incoming=True)} == {True}
    with schema_scope(second_tenant.schema_name):
        other_station.refresh_from_db()
        assert (other_station.vendor, live(other_station).version) == ("Theirs", "2.0.1")
        assert {"Theirs" in frame.payload for frame in Frame.objects.filter(incoming=True)} == {True}


def test_the_password_of_one_tenant_opens_no_door_at_another(plug, second_tenant, station, make_station):
    with schema_scope(second_tenant.schema_name):
        set_password(make_station("CS-1"), PASSWORD[::-1], by="test")

    with pytest.raises(Exception, match="401"):
        plug(slug=second_tenant.slug)


def test_last_seen_follows_every_byte(plug, start_gateway, station):
    quick = start_gateway(rhythm=Rhythm(note_seen=0.1))
    raw = plug(at=quick)
    before = live(station).last_seen_at

    raw.socket.ping()

    wait_for(lambda: live(station).last_seen_at > before)


def test_a_silent_socket_is_closed(plug, start_gateway, station):
    impatient = start_gateway(rhythm=Rhythm(find_silent=0.1, silent_after=0.5, silent_without_pings=0.5))
    raw = plug(at=impatient)

    assert raw.close_code() == 1011
    wait_for(lambda: live(station).connected_at is None)


def test_a_gateway_that_starts_again_forgets_what_its_predecessor_held(start_gateway, station):
    take_lease(station.pk, gateway="gateway.test.1", version="1.6", address="")

    start_gateway(name="gateway.test.1")

    assert live(station).connected_at is None


def test_a_gateway_that_ends_gives_back_its_leases(gateway, station):
    take_lease(station.pk, gateway=gateway.gateway.name, version="1.6", address="")

    gateway.stop()

    assert live(station).connected_at is None


def available():
    return {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
