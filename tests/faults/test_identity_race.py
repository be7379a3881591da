"""Two sockets for one station, at two gateways, at once: one of them owns it, and no command goes to the other."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from apps.ocpp.gateway import Rhythm
from apps.stations.messages import TriggerMessage
from apps.stations.models import CommandState
from apps.stations.services.commands import queue_command
from apps.stations.services.credentials import set_password
from apps.telemetry.models import StationLive
from tests.plugged import PASSWORD, RawStation, RunningGateway, wait_for

SUPERSEDED = 4001
FORBIDDEN = 403


@pytest.fixture
def gateways(live_tenant):
    # Whoever loses before its gateway knows the socket is told at the next look-out.
    running = [RunningGateway(rhythm=Rhythm(look_out=0.2)) for _ in range(2)]
    yield running
    for gateway in running:
        gateway.stop()


@pytest.fixture
def station(live_tenant, make_station):
    made = make_station("CS-1")
    set_password(made, PASSWORD, by="test")
    return made


def test_of_two_that_connect_at_once_one_owns_the_station(gateways, live_tenant, station, measure):
    rounds = measure.of(short=50, per_kill=10)
    for number in range(rounds):
        pair = connect_at_once(gateways, live_tenant.slug)
        owner, loser = wait_for(lambda pair=pair: told_apart(*pair))
        command = queue_command(station, TriggerMessage(requested="Heartbeat"), by="race")

        assert owner.obey("TriggerMessage", {"status": "Accepted"}) == {"requestedMessage": "Heartbeat"}, number
        wait_for(lambda command=command: state_of(command) == CommandState.ACCEPTED)
        assert owner.socket.close_code is None
        assert loser is None or (loser.socket.close_code, heard(loser)) == (SUPERSEDED, [])
        owner.unplug()

    assert StationLive.objects.get(station_id=station.pk).epoch == 2 * rounds


def connect_at_once(gateways, slug) -> list[RawStation | None]:
    """Who is superseded before its websocket stands is refused: None."""
    line = threading.Barrier(len(gateways))

    def plug(gateway: RunningGateway) -> RawStation | None:
        line.wait(10)
        try:
            return RawStation.plug(gateway.port, slug, "CS-1")
        except InvalidStatus as refusal:
            if refusal.response.status_code != FORBIDDEN:
                raise
            return None

    with ThreadPoolExecutor(len(gateways)) as pool:
        return list(pool.map(plug, gateways))


def told_apart(one: RawStation | None, other: RawStation | None) -> tuple[RawStation, RawStation | None] | None:
    """Owner and loser, as soon as it is decided."""
    if one is None or one.socket.close_code is not None:
        return (other, one) if other else None
    return (one, other) if other is None or other.socket.close_code is not None else None


def heard(raw: RawStation) -> list[str | bytes]:
    """Everything that had reached a socket before it was closed."""
    frames = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            frames.append(raw.socket.recv(timeout=1))
    return frames


def state_of(command) -> str:
    command.refresh_from_db()
    return command.state
