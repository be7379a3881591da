"""The gateway as the process it is: it comes up, goes down in good time, and hangs up when it can store nothing."""

import contextlib
import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from websockets.exceptions import InvalidStatus

from apps.stations.messages import TriggerMessage
from apps.stations.services.commands import queue_command
from apps.telemetry.models import Frame, StationLive
from tests.certificates.making import Authority, make_key, pem, private_pem, request
from tests.plugged import RawStation, wait_for

START = {"connectorId": 1, "idTag": "AA", "meterStart": 0, "timestamp": "2026-03-01T10:00:00Z"}
AVAILABLE = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
LEAVES_WITHIN_S = 20


class Wire:
    """A TCP proxy in front of PostgreSQL that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.is_cut = False
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_cut = False

    def end(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        if self.is_cut:
            near.close()
            return
        with near, socket.create_connection(self._target) as far, contextlib.suppress(OSError):
            self._open |= {near, far}
            pairs = {near: far, far: near}
            while True:
                for end in select.select([near, far], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    pairs[end].sendall(data)


class Process:
    """`manage.py gateway`, started the way the launcher does it."""

    def __init__(self, wire: Wire, **variables: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        url = urlsplit(settings.DATABASE_URL)
        netloc = f"{url.username}:{url.password}@127.0.0.1:{wire.port}"
        database = urlunsplit(("postgres", netloc, "/" + connection.settings_dict["NAME"], "", ""))
        environment = os.environ | {"DATABASE_URL": database, "SECRET_KEY": settings.SECRET_KEY} | variables
        command = [sys.executable, "-m", "django", "gateway", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment)
        wait_for(lambda: self.probe("/livez")[0] == 200, seconds=30)

    def probe(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as problem:
            return problem.code, json.load(problem)
        except OSError:
            return 0, {}

    def end(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(LEAVES_WITHIN_S)


@pytest.fixture
def wire(live_tenant):
    url = urlsplit(settings.DATABASE_URL)
    made = Wire(url.hostname, url.port or 5432)
    yield made
    made.end()


@pytest.fixture
def start_process(wire):
    started = []

    def start(**variables):
        started.append(Process(wire, **variables))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def dial_in(live_tenant, station):
    plugged = []

    def dial(process, **options):
        plugged.append(RawStation.plug(process.port, live_tenant.slug, "CS-1", **options))
        return plugged[-1]

    yield dial
    for raw in plugged:
        raw.unplug()


def test_it_serves_and_leaves_when_told_with_1012(start_process, dial_in, station):
    process = start_process()
    assert process.probe("/readyz") == (200, {"status": "ready", "problems": []})
    raw = dial_in(process)
    raw.call("StatusNotification", AVAILABLE)
    assert "currentTime" in raw.call("Heartbeat")

    started = time.monotonic()
    process.process.terminate()

    assert raw.close_code() == 1012
    assert process.process.wait(LEAVES_WITHIN_S) == 0
    assert time.monotonic() - started < 5
    assert StationLive.objects.get(station_id=station.pk).connected_at is None
    assert Frame.objects.filter(station_id=station.pk, action="Heartbeat").count() == 2


def test_a_silent_peer_does_not_keep_it_from_leaving(start_process, dial_in):
    process = start_process()
    raw = dial_in(process)
    raw.call("Heartbeat")
    idle = socket.create_connection(("127.0.0.1", process.port))
    half = socket.create_connection(("127.0.0.1", process.port))
    half.sendall(b"GET /ocpp/a/b HTTP/1.1\r\nHost: x\r\n")

    assert process.end() == 0
    idle.close()
    half.close()


def test_two_processes_share_the_stations_and_reach_each_other(start_process, dial_in, station):
    first, second = start_process(), start_process()
    old = dial_in(first)
    new = dial_in(second)
    assert old.close_code() == 4001

    queue_command(station, TriggerMessage(requested="Heartbeat"), by="olga")

    assert new.obey("TriggerMessage", {"status": "Accepted"}) == {"requestedMessage": "Heartbeat"}


def test_a_killed_process_costs_nothing_that_was_answered(start_process, dial_in, station):
    first, second = start_process(), start_process()
    raw = dial_in(first)
    number = raw.call("StartTransaction", START)["transactionId"]

    first.end(signal.SIGKILL)

    again = dial_in(second)
    assert again.call("StartTransaction", START)["transactionId"] == number
    assert StationLive.objects.get(station_id=station.pk).epoch == 2


def test_without_a_database_stations_are_sent_away_and_come_back(start_process, dial_in, station, wire):
    """Never an error in answer to what could not be stored, never silence on an open socket."""
    process = start_process()
    raw = dial_in(process)
    raw.call("StatusNotification", AVAILABLE)

    wire.cut()
    raw.send("StartTransaction", START)

    assert raw.close_code() == 1013
    assert not raw.aside
    assert process.probe("/livez")[0] == 200
    assert process.probe("/readyz") == (503, {"status": "not ready", "problems": ["The database does not answer."]})
    with pytest.raises(InvalidStatus) as refusal:
        dial_in(process)
    assert refusal.value.response.status_code == 503

    wire.mend()
    wait_for(lambda: process.probe("/readyz")[0] == 200)
    assert dial_in(process).call("StatusNotification", AVAILABLE) == {}


def test_a_taken_port_is_said_in_one_sentence(start_process):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "django", "gateway", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"CommandError: Port {port} at 127.0.0.1 can't be used: Address already in use. Set GATEWAY_PORT."
    )


def test_a_certificate_opens_a_second_door_to_the_same_process(start_process, station, live_tenant, tmp_path):
    authority, key, path = Authority.root("Root"), make_key(), tmp_path / "gateway.pem"
    path.write_text(private_pem(key) + pem(authority.sign(request("gateway.example", key))))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start_process(GATEWAY_TLS_CERT=str(path), GATEWAY_TLS_KEY=str(path), GATEWAY_TLS_PORT=str(port))
    trusting = ssl.create_default_context(cadata=pem(authority.certificate))

    by_tls = RawStation.plug(port, live_tenant.slug, "CS-1", ssl=trusting, server_hostname="gateway.example")
    assert "currentTime" in by_tls.call("Heartbeat")
    plain = RawStation.plug(process.port, live_tenant.slug, "CS-1")
    assert by_tls.close_code() == 4001  # one gateway holds both: the newer socket speaks for the station
    plain.unplug()
    assert process.end() == 0
