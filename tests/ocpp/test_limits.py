"""What is too much: of time before the first request, of bytes in one message; and that money is never lost by it."""

import contextlib
import json
import socket
import threading
import time

import pytest

from apps.core.clock import now
from apps.ocpp.asgi import make_application
from apps.ocpp.gateway import Gateway, Rhythm
from apps.ocpp.server import PING_INTERVAL_S, OpeningProtocol, make_server
from apps.stations.models import QuarantinedMessage
from apps.stations.services.templates import HEARTBEAT_S
from apps.telemetry.models import Frame, MeterValue
from tests.plugged import DEADLINE_S, RawStation, wait_for

ACCEPTED = {"status": "Accepted"}
LARGE = 70_000


class Hasty(OpeningProtocol):
    handshake_within_s = 0.5


@pytest.fixture
def hasty_port(live_tenant):
    listener = socket.create_server(("127.0.0.1", 0))
    application = make_application(Gateway("gateway.test.hasty"))
    server = make_server(application, host="127.0.0.1", port=0, opening=Hasty)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    wait_for(lambda: server.started)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def lasted_s(connection: socket.socket, *, trickle: bytes = b"") -> float:
    """How long the other side puts up with us."""
    began = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - began < DEADLINE_S:
        with contextlib.suppress(TimeoutError):
            try:
                connection.sendall(trickle)
                if not connection.recv(65536):
                    break
            except (ConnectionResetError, BrokenPipeError):
                break
    return time.monotonic() - began


def test_who_never_finishes_the_first_request_is_cut_off(hasty_port):
    with socket.create_connection(("127.0.0.1", hasty_port)) as idle:
        assert 0.4 < lasted_s(idle) < 5
    with socket.create_connection(("127.0.0.1", hasty_port)) as slow:
        slow.sendall(b"GET /ocpp/a/b HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert 0.4 < lasted_s(slow, trickle=b"a") < 5


def test_a_second_request_has_no_more_time_than_the_first(hasty_port):
    with socket.create_connection(("127.0.0.1", hasty_port)) as patient:
        patient.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        assert patient.recv(65536).startswith(b"HTTP/1.1 200")
        patient.sendall(b"GET /livez HTTP/1.1\r\nX-Slow: ")
        assert 0.4 < lasted_s(patient, trickle=b"a") < 5


def test_a_station_that_is_connected_is_not_cut_off(hasty_port, live_tenant, station):
    raw = RawStation.plug(hasty_port, live_tenant.slug, "CS-1")
    assert raw.hears_nothing(1.2)
    assert "currentTime" in raw.call("Heartbeat")
    raw.unplug()


def test_the_default_is_ten_seconds():
    assert OpeningProtocol.handshake_within_s == 10


def test_q50_patience_is_at_least_three_heartbeats_or_pings():
    assert Rhythm().silent_after >= 3 * PING_INTERVAL_S
    assert Rhythm().silent_without_pings >= 3 * HEARTBEAT_S


def test_q64_a_large_message_of_1_6_about_no_charge_ends_the_connection_and_is_listed(plug, station):
    raw = plug()
    raw.call("Heartbeat")
    raw.send("DataTransfer", {"vendorId": "x", "data": "x" * LARGE})

    assert raw.close_code() == 1009
    frames = Frame.objects.filter(station_id=station.pk, note__contains="bytes in one message")
    [frame] = wait_for(lambda: list(frames.all()))
    assert (frame.incoming, len(frame.payload) < 100) == (True, True)
    assert not QuarantinedMessage.objects.exists()


def test_q64_a_large_message_of_1_6_with_signed_data_is_taken(plug, station):
    data = {"vendorId": "x", "messageId": "SignedData", "data": "x" * LARGE}

    assert plug().call("DataTransfer", data)["status"] in ("UnknownVendorId", "UnknownMessageId")


def test_a_large_message_about_a_charge_is_taken_whatever_it_holds(plug, station):
    begin = now().replace(microsecond=0)
    raw = plug()
    start = {"connectorId": 1, "idTag": "AA", "meterStart": 0, "timestamp": begin.isoformat()}
    number = raw.call("StartTransaction", start)["transactionId"]
    samples = [
        {"timestamp": begin.replace(microsecond=i).isoformat(), "sampledValue": [{"value": str(i), "unit": "Wh"}]}
        for i in range(1, 1001)
    ]
    stop = {"transactionId": number, "meterStop": 1000, "timestamp": begin.isoformat(), "transactionData": samples}
    assert LARGE < len(json.dumps(stop)) < 2**20

    assert "code" not in raw.call("StopTransaction", stop)
    assert MeterValue.objects.filter(transaction_id=number, energy_wh__gt=0).count() >= 1000
    assert not QuarantinedMessage.objects.exists()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_what_is_too_large_for_anyone_is_listed_once_until_someone_has_looked(plug, station, version):
    for _ in range(2):
        raw = plug(version=version)
        raw.send("StopTransaction", {"transactionId": 1, "x": "x" * 1_100_000})
        assert raw.close_code() == 1009
        [listed] = wait_for(lambda: list(QuarantinedMessage.objects.filter(station=station)))

    assert "more than 1 MiB" in listed.problem


@pytest.mark.parametrize("digits", [21, 400, 5000])
def test_a_number_too_long_for_anyone_costs_no_message_about_a_charge(plug, station, digits):
    raw = plug()
    raw.socket.send(
        '[2,"m1","MeterValues",{"connectorId":%s,"meterValue":[{"timestamp":"2026-03-01T10:00:00Z",'
        '"sampledValue":[{"value":"1"}]}]}]' % ("9" * digits)
    )

    assert raw.answer_to("m1") == {}
    assert QuarantinedMessage.objects.filter(station=station).count() == 1
    assert "currentTime" in raw.call("Heartbeat")
