"""Oddities on the wire: repeated numbers, no subprotocol, no pongs, two sockets, clocks beyond the calendar."""

import json
import socket
import time

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry, User
from apps.charging.models import Transaction
from apps.ocpp import commander, server
from apps.ocpp.gateway import Rhythm
from apps.ocpp.services.links import BOTH_ALIVE
from apps.stations.messages import Quirk, TriggerMessage
from apps.stations.models import (
    ChargingStation,
    ConfigurationTemplate,
    QuarantinedMessage,
    QuirkObservation,
    TemplateScope,
)
from apps.stations.services.commands import queue_command
from apps.stations.services.quirks import set_override
from apps.stations.services.templates import HEARTBEAT_S, Setting, save_template
from apps.telemetry.models import Frame, StationLive
from apps.telemetry.services.leases import take_lease
from tests.plugged import PASSWORD, RawStation, basic, dial, wait_for

START = {"connectorId": 1, "idTag": "04A1", "meterStart": 1000, "timestamp": "2026-03-02T12:00:00Z"}
BROKEN_START = {"connectorId": 1, "idTag": "04A1", "timestamp": "2026-03-02T12:00:00Z"}


def say(raw: RawStation, message_id: str, action: str, payload: dict) -> dict:
    raw.socket.send(json.dumps([2, message_id, action, payload]))
    return raw.answer_to(message_id)


def seen(kind: Quirk) -> QuirkObservation:
    return wait_for(QuirkObservation.objects.filter(kind=kind).first)


# --- message numbers (Q19) ------------------------------------------------------------------------------------


def test_q19_the_same_message_under_the_same_number_is_answered_as_before_also_after_a_reconnect(plug, station):
    first = say(plug(), "m-7", "StartTransaction", START)
    again = say(plug(), "m-7", "StartTransaction", START)

    assert first == again
    assert Transaction.objects.count() == 1
    assert not QuirkObservation.objects.filter(kind=Quirk.REUSED_MESSAGE_ID).exists()


def test_q19_what_was_set_aside_is_set_aside_once_and_answered_as_before(plug, station):
    first = say(plug(), "m-7", "StartTransaction", BROKEN_START)
    again = say(plug(), "m-7", "StartTransaction", BROKEN_START)

    assert first == again
    assert QuarantinedMessage.objects.count() == 1
    notes = Frame.objects.filter(action="StartTransaction", incoming=True).order_by("id").values_list("note", flat=True)
    assert [note.partition(":")[0] for note in notes] == ["set aside", "set aside before"]


def test_q19_another_message_under_the_same_number_counts_and_is_counted(plug, station):
    raw = plug()
    first = say(raw, "m-7", "StartTransaction", START)
    other = say(raw, "m-7", "StartTransaction", START | {"connectorId": 2, "timestamp": "2026-03-02T13:00:00Z"})

    assert other["transactionId"] != first["transactionId"]
    assert Transaction.objects.count() == 2
    assert seen(Quirk.REUSED_MESSAGE_ID).evidence[0]["message_id"] == "m-7"


def test_q19_the_number_of_another_station_means_nothing(plug, station, make_station):
    from apps.stations.services.credentials import set_password

    set_password(make_station("CS-2"), PASSWORD, by="test")
    first = say(plug(), "m-7", "StartTransaction", BROKEN_START)
    other = say(plug("CS-2"), "m-7", "StartTransaction", BROKEN_START)

    assert first != other
    assert QuarantinedMessage.objects.count() == 2


# --- time (Q37) -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("timestamp", ["222222017-10-27T12:00:00Z", "+1000000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_q37_a_year_out_of_range_is_never_stored_and_every_page_still_renders(
    plug, live_tenant, station, timestamp, settings
):
    raw = plug()
    number = raw.call("StartTransaction", START | {"timestamp": timestamp})["transactionId"]
    stop = {"transactionId": number, "meterStop": 2000, "timestamp": timestamp}
    assert raw.call("StopTransaction", stop) in ({}, {"idTagInfo": {"status": "Invalid"}})

    charge = Transaction.objects.get(pk=number)
    assert abs((charge.started_at - charge.started_received_at).total_seconds()) < 1
    assert charge.has_note("time_reconstructed")
    user = User.objects.create(email="ada@live.example", role=Role.OWNER)
    browser = Client(HTTP_HOST=f"{live_tenant.slug}.localhost")
    browser.force_login(user)
    for address in ("/charges/", f"/charges/{number}/", "/stations/CS-1/", "/stations/CS-1/frames/"):
        assert browser.get(address).status_code == 200


# --- pings (Q51) ----------------------------------------------------------------------------------------------


class Mute:
    """A station that never answers a ping: a socket of its own, without a library."""

    def __init__(self, port: int, slug: str) -> None:
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.wire.sendall(
            f"GET /ocpp/{slug}/CS-1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: {basic('CS-1', PASSWORD)}\r\n\r\n".encode()
        )
        assert b"101" in self.wire.recv(4096)

    def heartbeat(self) -> None:
        text = b'[2,"h","Heartbeat",{}]'
        self.wire.sendall(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)


def test_q51_a_station_that_answers_no_ping_but_talks_is_kept_and_noted(
    start_gateway, live_tenant, station, monkeypatch
):
    monkeypatch.setattr(server, "PING_INTERVAL_S", 0.05)
    quick = start_gateway(rhythm=Rhythm(find_silent=0.05, silent_after=3.0, silent_without_pings=60.0))
    mute = Mute(quick.port, live_tenant.slug)

    def noted() -> QuirkObservation | None:
        mute.heartbeat()
        return QuirkObservation.objects.filter(kind=Quirk.PINGS_UNANSWERED).first()

    assert wait_for(noted).count == 1
    assert len(quick.gateway.connections) == 1
    mute.wire.close()


def test_q50_a_station_that_is_told_to_beat_rarely_is_given_the_time_for_it(start_gateway, live_tenant, station):
    ChargingStation.objects.filter(pk=station.pk).update(ocpp_version="1.6")
    template = ConfigurationTemplate(name="Slow", scope=TemplateScope.STATION, station=station)
    save_template(template, [Setting(name="HeartbeatInterval", value=str(10 * HEARTBEAT_S))], by="ada")
    quick = start_gateway(rhythm=Rhythm(find_silent=0.05, silent_after=60.0, silent_without_pings=0.2))
    connected_at = time.monotonic()

    raw = RawStation.plug(quick.port, live_tenant.slug, "CS-1")

    assert raw.close_code() == 1011
    assert time.monotonic() - connected_at > 2.0
    raw.unplug()


# --- half-dead (Q52) ------------------------------------------------------------------------------------------


def test_q52_a_station_that_talks_but_answers_nothing_is_shown_as_half_dead(plug, station, monkeypatch):
    monkeypatch.setattr(commander, "ANSWER_WITHIN_S", 0.1)
    raw = plug()
    for _ in range(3):
        queue_command(station, TriggerMessage(requested="Heartbeat"), by="olga")

    assert raw.close_code() == 4003
    assert seen(Quirk.CALLS_UNANSWERED).evidence[0]["last_request"] == "TriggerMessage"


# --- two sockets (Q54) ----------------------------------------------------------------------------------------


def test_q54_a_second_socket_from_elsewhere_wins_and_raises_an_alarm(plug, live_tenant, station):
    take_lease(station.pk, gateway="gateway.elsewhere", version="1.6", address="192.0.2.9")

    raw = plug()

    assert "currentTime" in raw.call("Heartbeat")
    assert seen(Quirk.TWO_SOCKETS).evidence[0]["addresses"] == ["192.0.2.9", "127.0.0.1"]
    assert AuditEntry.objects.filter(action="ocpp.two_sockets").count() == 1


def test_q54_a_station_that_comes_back_is_no_second_one(plug, live_tenant, station):
    old = plug()
    plug()

    assert old.close_code() == 4001
    assert not QuirkObservation.objects.exists()


def test_q54_a_socket_that_was_long_silent_is_no_second_one(plug, live_tenant, station):
    from django.db import connection

    take_lease(station.pk, gateway="gateway.elsewhere", version="1.6", address="192.0.2.9")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telemetry.station_live SET last_seen_at = last_seen_at - %s WHERE tenant_id = %s",
            [2 * BOTH_ALIVE, live_tenant.pk],
        )

    plug()

    assert StationLive.objects.get(station_id=station.pk).epoch == 2
    assert not QuirkObservation.objects.exists()


# --- spelling and subprotocols (Q61, Q66) -----------------------------------------------------------------------


def test_q61_a_misspelt_action_is_understood_and_noted(plug, station):
    assert plug().call("statusnotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}) == {}

    assert seen(Quirk.ODD_ACTION).value == "StatusNotification"
    assert seen(Quirk.ODD_ACTION).evidence[0]["spelled"] == "statusnotification"


def test_q66_a_station_that_offers_nothing_is_let_in_where_somebody_has_said_so(gateway, live_tenant, station):
    set_override(Quirk.ASSUME_16, "yes", station=station, by="ada")

    path, user = f"/ocpp/{live_tenant.slug}/CS-1", basic("CS-1", PASSWORD)
    opened = dial(gateway.port, path, subprotocols=None, authorization=user)

    assert opened.subprotocol is None
    raw = RawStation(opened, "1.6")
    boot = {"chargePointVendor": "Grizzl-E", "chargePointModel": "Smart"}
    assert raw.call("BootNotification", boot)["status"] == "Accepted"
    assert ChargingStation.objects.get(pk=station.pk).ocpp_version == "1.6"
    raw.unplug()
