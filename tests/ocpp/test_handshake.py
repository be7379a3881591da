"""Who is let in, and what the others are told."""

import base64
import contextlib
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from websockets.exceptions import InvalidStatus

from apps.ocpp import middleware
from apps.ocpp.limits import LOGIN_FAILURES, LOGIN_REFILL_S, LoginLimiter
from apps.ocpp.middleware import AT_ONCE
from apps.ocpp.services.links import Denial
from apps.stations.models import RefusedConnection
from apps.stations.services.credentials import set_password
from apps.telemetry.models import StationLive
from tests.plugged import PASSWORD, RawStation, basic, dial, wait_for

ALL = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


def knock(gateway, path, *, subprotocols=ALL, authorization=None):
    """Status and body of a refusal."""
    with pytest.raises(InvalidStatus) as refusal:
        dial(gateway.port, path, subprotocols=subprotocols, authorization=authorization)
    return refusal.value.response.status_code, bytes(refusal.value.response.body)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["ocpp1.6"], "ocpp1.6"),
        (["ocpp1.6", "ocpp2.0.1"], "ocpp2.0.1"),
        (ALL, "ocpp2.1"),
        (["ocpp1.5", "ocpp2.0", "ocpp1.6"], "ocpp1.6"),
        (["OCPP2.0.1", "ocpp1.6"], "OCPP2.0.1"),
    ],
)
def test_q66_the_newest_version_of_those_offered_is_chosen(gateway, live_tenant, station, offered, chosen):
    opened = dial(
        gateway.port, f"/ocpp/{live_tenant.slug}/CS-1", subprotocols=offered, authorization=basic("CS-1", PASSWORD)
    )

    assert opened.subprotocol == chosen
    assert StationLive.objects.get(station_id=station.pk).version == chosen.lower().removeprefix("ocpp")
    opened.close()


def test_strangers_wrong_passwords_and_unknown_tenants_look_alike(gateway, live_tenant, station, make_station):
    make_station("NO-PASSWORD")
    good = f"/ocpp/{live_tenant.slug}/CS-1"
    answers = {
        knock(gateway, good),
        knock(gateway, good, authorization=basic("CS-1", "wrong")),
        knock(gateway, good, authorization=basic("CS-2", PASSWORD)),
        knock(gateway, good, authorization=basic("CS-1", "")),
        knock(gateway, good, authorization="Bearer abc"),
        knock(gateway, good, authorization="Basic ???"),
        knock(gateway, f"/ocpp/{live_tenant.slug}/CS-9", authorization=basic("CS-9", PASSWORD)),
        knock(gateway, "/ocpp/nobody/CS-1", authorization=basic("CS-1", PASSWORD)),
        knock(gateway, f"/ocpp/{live_tenant.slug}/NO-PASSWORD", authorization=basic("NO-PASSWORD", "")),
        knock(gateway, f"/ocpp/{live_tenant.slug}/NO%00", authorization=basic("NO\0", PASSWORD)),
        knock(gateway, f"/ocpp/{live_tenant.slug}/cs-1", authorization=basic("cs-1", PASSWORD)),
    }

    assert answers == {(401, b"Unauthorized\n")}
    assert not StationLive.objects.filter(station_id=station.pk).exists()


@pytest.mark.parametrize("subprotocols", [None, ["ocpp1.5"], ["mqtt"]])
def test_q66_without_a_common_version_the_upgrade_is_refused_and_listed(gateway, live_tenant, station, subprotocols):
    path, user = f"/ocpp/{live_tenant.slug}/CS-1", basic("CS-1", PASSWORD)

    status, _body = knock(gateway, path, subprotocols=subprotocols, authorization=user)

    assert status == 400
    listed = wait_for(RefusedConnection.objects.filter(identity="CS-1").first)
    assert (listed.reason, listed.subprotocols) == ("no common subprotocol", ", ".join(subprotocols or []))


def test_a_refusal_is_no_fault_in_the_log(gateway, live_tenant, station, caplog):
    for _attempt in range(5):
        knock(gateway, "/nowhere")
        knock(gateway, f"/ocpp/{live_tenant.slug}/CS-1", subprotocols=["mqtt"], authorization=basic("CS-1", PASSWORD))

    wait_for(lambda: RefusedConnection.objects.exists())
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_wrong_password_is_listed_for_the_operator(gateway, live_tenant, station):
    knock(gateway, f"/ocpp/{live_tenant.slug}/CS-1", authorization=basic("CS-1", "wrong"))

    listed = wait_for(RefusedConnection.objects.filter(identity="CS-1").first)
    assert (listed.reason, listed.address) == ("wrong identity or password", "127.0.0.1")


@pytest.mark.parametrize(
    "path", ["/ocpp/{slug}/CS-1/", "/ocpp//{slug}/CS-1", "/ocpp/{slug}/CS%2D1", "/ocpp/{slug}/C%53-1"]
)
def test_q67_addresses_are_decoded_once_and_slashes_do_no_harm(gateway, live_tenant, station, path):
    opened = dial(
        gateway.port, path.format(slug=live_tenant.slug), subprotocols=ALL, authorization=basic("CS-1", PASSWORD)
    )

    assert opened.subprotocol == "ocpp2.1"
    opened.close()


@pytest.mark.parametrize("path", ["/ocpp/{slug}/CS%252D1", "/ocpp/{slug}/x%2FCS-1"])
def test_q67_addresses_are_not_decoded_twice(gateway, live_tenant, station, path):
    status, _body = knock(gateway, path.format(slug=live_tenant.slug), authorization=basic("CS-1", PASSWORD))

    assert status == 401


@pytest.mark.parametrize("path", ["/", "/ocpp", "/ocpp/tenant", "/ocpp/a/b/c", "/ws/a/b"])
def test_other_addresses_are_not_found(gateway, path):
    assert knock(gateway, path)[0] == 404


def test_a_key_of_bytes_logs_in(gateway, live_tenant, station):
    """1.6 sends the twenty bytes that the hex digits stand for (J16 §6.2.2)."""
    opened = dial(
        gateway.port, f"/ocpp/{live_tenant.slug}/CS-1", subprotocols=["ocpp1.6"],
        authorization=basic("CS-1", bytes.fromhex(PASSWORD)),
    )  # fmt: skip

    assert opened.subprotocol == "ocpp1.6"
    opened.close()


def test_a_wrong_password_leaves_the_connected_station_alone(gateway, live_tenant, station, plug):
    raw = plug()

    knock(gateway, f"/ocpp/{live_tenant.slug}/CS-1", authorization=basic("CS-1", "wrong"))

    assert "currentTime" in raw.call("Heartbeat")


def test_guessing_is_slowed_down_without_locking_anyone_else_out(gateway, live_tenant, station, make_station, plug):
    path = f"/ocpp/{live_tenant.slug}/CS-1"
    for _ in range(LOGIN_FAILURES):
        assert knock(gateway, path, authorization=basic("CS-1", "wrong"))[0] == 401

    assert knock(gateway, path, authorization=basic("CS-1", PASSWORD))[0] == 429
    assert knock(gateway, f"/ocpp/{live_tenant.slug}/CS-2", authorization=basic("CS-2", "x"))[0] == 401


def test_failures_are_counted_per_source_and_are_forgotten_with_time():
    limiter = LoginLimiter()
    for _ in range(LOGIN_FAILURES):
        limiter.note_failure(("10.0.0.1", "alpha/CS-1"), now=100.0)

    assert limiter.is_full(("10.0.0.1", "alpha/CS-1"), now=100.0)
    assert not limiter.is_full(("10.0.0.2", "alpha/CS-1"), now=100.0)
    assert not limiter.is_full(("10.0.0.1", "alpha/CS-1"), now=100.0 + LOGIN_REFILL_S)


def test_the_memory_of_failures_is_bounded():
    limiter = LoginLimiter()
    for number in range(30_000):
        limiter.note_failure(("10.0.0.1", str(number)), now=float(number))

    assert len(limiter.failures) == 20_000


def test_q68_an_opening_request_without_upgrade_is_told_so_and_listed(gateway, live_tenant):
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}/ocpp/{live_tenant.slug}/CS-1", timeout=5)

    assert answer.value.code == 426
    listed = wait_for(RefusedConnection.objects.filter(identity="CS-1").first)
    assert (listed.reason, listed.address) == ("no WebSocket upgrade in the request", "127.0.0.1")


@pytest.mark.parametrize(("path", "status"), [("/livez", "alive"), ("/readyz", "ready")])
def test_the_probes_answer(gateway, path, status):
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.port}{path}", timeout=5) as answer:
        assert (answer.status, json.load(answer)["status"]) == (200, status)


def test_a_password_with_colons_is_split_at_the_first_only(gateway, live_tenant, make_station):
    set_password(make_station("CS-3"), "a:b:c:d:e:f:g:h:i:j", by="test")
    encoded = base64.b64encode(b"CS-3:a:b:c:d:e:f:g:h:i:j").decode()

    opened = dial(
        gateway.port, f"/ocpp/{live_tenant.slug}/CS-3", subprotocols=["ocpp1.6"], authorization=f"basic {encoded}"
    )
    assert opened.subprotocol == "ocpp1.6"
    opened.close()


@pytest.mark.parametrize(("version", "compressed"), [("1.6", False), ("2.0.1", True), ("2.1", True)])
def test_compression_is_agreed_on_from_2_0_1_on(plug, station, version, compressed):
    """P4 §3.4 wants it of a CSMS."""
    raw = plug(version=version, compression="deflate")

    assert [extension.name for extension in raw.socket.protocol.extensions] == ["permessage-deflate"] * compressed
    assert "currentTime" in raw.call("Heartbeat")


RAW_OPENINGS = [
    b"", b"\0" * 1000, b"\xff\xfe" * 500, b"GET", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 500,
    b"GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET /ocpp/a/b HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
    b"GET /ocpp/a/b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"GET /ocpp/a/b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"POST /ocpp/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    b"GET /%ff%fe/%00/%zz HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,
]  # fmt: skip


def test_no_opening_harms_the_stations(gateway, plug, station):
    good = plug()
    for opening in RAW_OPENINGS:
        with socket.create_connection(("127.0.0.1", gateway.port)) as stranger:
            with contextlib.suppress(OSError):  # it may hang up while we still talk
                stranger.sendall(opening)
            assert "currentTime" in good.call("Heartbeat"), opening[:60]


def test_a_whole_fleet_may_come_at_once(gateway, live_tenant, make_station):
    names = [f"FLEET-{number}" for number in range(40)]
    for name in names:
        set_password(make_station(name), PASSWORD, by="test")

    with ThreadPoolExecutor(20) as pool:
        fleet = list(pool.map(lambda name: RawStation.plug(gateway.port, live_tenant.slug, name), names))

    assert len(gateway.gateway.connections) == 40
    for raw in fleet:
        raw.unplug()


def test_whoever_finds_no_turn_is_asked_to_come_again(gateway, live_tenant, station, monkeypatch):
    """The doors are all taken: by log-ins that wait for the database."""
    let_go = threading.Event()
    monkeypatch.setattr(middleware, "TURN_WITHIN_S", 0.2)
    monkeypatch.setattr(middleware, "let_in", lambda *_, **__: let_go.wait(15) and Denial.CREDENTIALS)
    path, user = f"/ocpp/{live_tenant.slug}/CS-1", basic("CS-1", PASSWORD)

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        waiting = [pool.submit(knock, gateway, path, authorization=user) for _ in range(AT_ONCE + 1)]
        first = next(as_completed(waiting, timeout=15))
        assert first.result() == (503, b"Try again later.\n")
        let_go.set()
        assert sorted(knocked.result()[0] for knocked in waiting) == [401] * AT_ONCE + [503]


def test_unknown_and_known_stations_take_alike_long(gateway, live_tenant, station):
    """Coarse on purpose: a difference that a stranger can use would show as a factor."""
    known, unknown = ([_refusal_time(gateway, live_tenant, name) for _ in range(8)] for name in ("CS-1", "CS-9"))

    assert sorted(known)[4] < 5 * sorted(unknown)[4]
    assert sorted(unknown)[4] < 5 * sorted(known)[4]


def _refusal_time(gateway, tenant, identity):
    started = time.perf_counter()
    knock(gateway, f"/ocpp/{tenant.slug}/{identity}", authorization=basic(identity, "wrong"))
    return time.perf_counter() - started
