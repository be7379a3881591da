"""The stations over real sockets."""

import asyncio
import contextlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from random import Random
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from apps.simulator.car import Car
from apps.simulator.clock import ScaledClock
from apps.simulator.makes import StationConfig, Version
from apps.simulator.station import Station
from tests.simulator.csms import SocketCsms

FAST = 100.0
Live = Callable[..., Awaitable[Station]]


@pytest.fixture
async def csms() -> AsyncIterator[SocketCsms]:
    server = SocketCsms("1.6")
    await server.open()
    yield server
    await server.close()
    assert server.wrong == []


@pytest.fixture
async def live() -> AsyncIterator[Live]:
    tasks: list[asyncio.Task[None]] = []

    async def start(
        url: str,
        *,
        identity: str = "SIM1",
        version: Version = "1.6",
        password: str | None = "secret",
        timeout_s: float = 5,
        write: Callable[[str], None] = lambda line: None,
    ) -> Station:
        config = StationConfig(identity, version, message_timeout_s=timeout_s)
        station = Station(config, url, password, ScaledClock(FAST), Random(1), write=write)
        tasks.append(asyncio.create_task(station.run()))
        return station

    yield start
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_the_address_ends_in_the_identity_and_the_user_is_the_identity(csms: SocketCsms, live: Live) -> None:
    station = await live(csms.url + "/", identity="RDAM 1/ü", password="geheim:ü")

    await station.until(lambda: station.online)

    assert csms.path == "/ocpp/demo/RDAM%201%2F%C3%BC"
    assert csms.authorization == "Basic " + b64encode("RDAM 1/ü:geheim:ü".encode()).decode()


async def test_without_a_password_there_is_no_authentication(csms: SocketCsms, live: Live) -> None:
    station = await live(csms.url, password=None)

    await station.until(lambda: station.online)

    assert csms.authorization is None


async def test_a_refused_station_says_why_in_one_line_and_tries_again(live: Live) -> None:
    refusals = []

    def refuse(connection: ServerConnection, request: Request) -> Response:
        refusals.append(request.path)
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")

    async def nobody(socket: ServerConnection) -> None:
        await socket.wait_closed()

    lines: list[str] = []
    async with serve(nobody, "127.0.0.1", 0, process_request=refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        station = await live(f"ws://127.0.0.1:{port}/ocpp/demo", write=lines.append)
        await station.until(lambda: len(refusals) >= 2)

    said = [json.loads(line) for line in lines]
    assert [line["event"] for line in said][:2] == ["connect_failed"] * 2
    assert "401" in said[0]["problem"]
    assert said[0]["station"] == "SIM1"


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/ocpp/demo", "ws://no.such.host.invalid/x", "http://127.0.0.1/x"])
async def test_an_unreachable_csms_is_no_crash(live: Live, url: str) -> None:
    lines: list[str] = []

    station = await live(url, write=lines.append)
    await station.until(lambda: len(lines) >= 2)

    assert {json.loads(line)["event"] for line in lines} == {"connect_failed"}


async def test_a_server_of_another_version_is_left_alone(live: Live) -> None:
    newer = SocketCsms("2.1")
    await newer.open()
    lines: list[str] = []

    station = await live(newer.url, version="1.6", write=lines.append)
    await station.until(lambda: lines)
    await newer.close()

    assert newer.received == []
    assert json.loads(lines[0])["event"] == "connect_failed"


async def test_orders_are_answered_while_an_own_call_waits(csms: SocketCsms, live: Live) -> None:
    """A CSMS may ask something before it answers: neither side may wait for the other for ever."""
    csms.answers["Authorize"] = None
    station = await live(csms.url)
    await station.until(lambda: station.online)
    presenting = asyncio.create_task(station.present_token(1, "AAAA"))
    await station.until(lambda: csms.of("Authorize"))

    answers = [await csms.call("GetConfiguration", {"key": ["HeartbeatInterval"]}) for _ in range(3)]

    assert [a["configurationKey"][0]["value"] for a in answers] == ["300"] * 3
    assert not presenting.done()
    waiting = csms.received[-1]
    await csms.send_raw(json.dumps([3, waiting.message_id, {"idTagInfo": {"status": "Accepted"}}]))
    assert await presenting == "Accepted"


async def test_only_one_call_is_out_at_a_time(csms: SocketCsms, live: Live) -> None:
    station = await live(csms.url)
    await station.until(lambda: len(csms.received) == 3)
    csms.answers["StatusNotification"] = None

    station.plug_in(1, Car())
    await station.until(lambda: len(csms.received) == 4)
    presenting = asyncio.create_task(station.present_token(1, "AAAA"))
    await csms.call("TriggerMessage", {"requestedMessage": "Heartbeat"})
    await csms.call("GetLocalListVersion", {})

    assert csms.actions[3:] == ["StatusNotification"]
    csms.answers.clear()
    await csms.send_raw(json.dumps([3, csms.received[-1].message_id, {}]))
    assert await presenting == "Accepted"
    await station.until(lambda: sorted(csms.actions[4:6]) == ["Authorize", "Heartbeat"])


async def test_a_call_without_an_answer_is_given_up_and_life_goes_on(csms: SocketCsms, live: Live) -> None:
    csms.answers["StatusNotification"] = None

    station = await live(csms.url, timeout_s=0.1)
    await station.until(lambda: len(csms.of("StatusNotification")) == 2)

    assert await station.present_token(1, "AAAA") == "Accepted"
    assert csms.connections == 1


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        "[2]",
        '[2,"1"]',
        '[9,"1",{}]',
        '[3,"unknown",{}]',
        '[4,"x"]',
        "null",
        "[" * 2000,
        "\x00",
    ],
)
async def test_frames_that_are_not_ocpp_are_ignored(csms: SocketCsms, live: Live, frame: str) -> None:
    station = await live(csms.url)
    await station.until(lambda: station.online)

    await csms.send_raw(frame)

    assert await csms.call("GetLocalListVersion", {}) == {"listVersion": 0}
    assert csms.connections == 1


async def test_a_restarted_csms_gets_everything_it_has_missed(live: Live) -> None:
    csms = SocketCsms("2.0.1")
    await csms.open()
    station = await live(csms.url, version="2.0.1")
    await station.until(lambda: station.online)
    station.plug_in(1, Car())
    await station.present_token(1, "AAAA")
    await station.until(lambda: len(csms.events) >= 2)

    await csms.close()
    await station.until(lambda: not station.online)
    await station.present_token(1, "AAAA")
    station.unplug(1)
    await csms.open()
    await station.until(lambda: csms.events[-1]["eventType"] == "Ended")
    await csms.close()

    assert [e["seqNo"] for e in csms.events] == list(range(len(csms.events)))
    assert csms.events[-1]["offline"] is True
    assert csms.wrong == []


async def test_a_hundred_stations_live_side_by_side(live: Live) -> None:
    csms: Any = SocketCsms("2.1")
    await csms.open()

    stations = [await live(csms.url, identity=f"S{n}", version="2.1") for n in range(100)]
    for station in stations:
        await station.until(lambda station=station: station.online)

    assert csms.connections == 100
    assert len(csms.of("BootNotification")) == 100
    await csms.close()
