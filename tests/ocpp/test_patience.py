"""Nobody waits for ever: not for a station that reads nothing, nor for work that nobody does any more."""

import json
import socket
import threading
import time

from django.db import OperationalError

from apps.ocpp import connection as connections
from apps.ocpp.gateway import Gateway
from apps.ocpp.inbox import WINDOW
from apps.telemetry.models import Frame, StationLive
from tests.plugged import RawStation, wait_for

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


def is_forgotten(gateway: Gateway) -> bool:
    return not gateway.connections and not StationLive.objects.filter(connected_at__isnull=False).exists()


def test_a_station_with_more_to_tell_than_fits_is_let_go_when_the_database_dies_under_its_first_message(
    plug, station, gateway, monkeypatch
):
    raw, is_away = plug(), threading.Event()

    def take_call(*_args: object, **_options: object) -> None:
        is_away.wait()
        raise OperationalError("gone")

    monkeypatch.setattr(connections, "take_call", take_call)
    for _ in range(40):
        raw.send("StatusNotification", STATUS)
    wait_for(lambda: next(iter(gateway.gateway.connections.values())).waiting == WINDOW)
    is_away.set()

    assert raw.close_code() == 1013
    wait_for(lambda: is_forgotten(gateway.gateway))


def test_a_station_that_reads_nothing_is_let_go_all_the_same(start_gateway, live_tenant, station, monkeypatch):
    monkeypatch.setattr(connections, "CLOSE_WITHIN_S", 0.2)
    gateway = start_gateway()
    gateway._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    raw = RawStation.plug(gateway.port, live_tenant.slug, station.identity, max_queue=1)
    held = next(iter(gateway.gateway.connections.values()))
    heartbeat = json.dumps([2, "h" * 255, "Heartbeat", {}])
    talking = threading.Thread(target=talk, args=(raw, heartbeat), daemon=True)
    talking.start()
    wait_for(lambda: not held.line.writable.is_set())

    gateway.server.servers[0].get_loop().call_soon_threadsafe(
        gateway.gateway.close_soon, held, 4002, "Nothing was heard for too long."
    )

    wait_for(lambda: is_forgotten(gateway.gateway))
    raw.unplug()
    talking.join()


def talk(raw: RawStation, text: str) -> None:
    try:
        while True:
            raw.socket.send(text)
    except Exception:
        return


def test_one_whose_messages_take_their_time_is_answered_before_it_is_sent_away(plug, station, gateway, monkeypatch):
    original, raw = connections.take_call, plug()

    def take_call(*args: object, **options: object) -> object:
        time.sleep(0.4)
        return original(*args, **options)

    monkeypatch.setattr(connections, "take_call", take_call)
    asked = {raw.send("StatusNotification", STATUS) for _ in range(10)}
    wait_for(lambda: next(iter(gateway.gateway.connections.values())).waiting)
    gateway.stop()

    for message_id in asked:
        assert raw.answer_to(message_id) == {}
    assert raw.close_code() == 1012
    assert set(Frame.objects.filter(incoming=True).values_list("message_id", flat=True)) == asked
