"""Leaving: what was read is answered and committed, and nobody is told to come back all at once."""

import json
import time

import pytest
from websockets.exceptions import ConnectionClosed

from apps.stations.models import ChargingStation
from apps.stations.services.credentials import set_password
from apps.telemetry.models import Frame, StationLive
from tests.plugged import PASSWORD, RawStation

STATIONS = 200
AVAILABLE = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
LEAVES_WITHIN_S = 20


@pytest.fixture
def crowd(live_tenant, gateway, make_station):
    stations = [make_station(f"CS-{number}") for number in range(STATIONS)]
    for one in stations:
        set_password(one, PASSWORD, by="test")
    plugged = [RawStation.plug(gateway.port, live_tenant.slug, one.identity) for one in stations]
    yield dict(zip(stations, plugged, strict=True))
    for raw in plugged:
        raw.unplug()


def test_two_hundred_stations_lose_nothing_that_was_answered(crowd: dict[ChargingStation, RawStation], gateway):
    for raw in crowd.values():
        raw.call("Heartbeat")
        raw.send("StatusNotification", AVAILABLE)
        raw.send("StatusNotification", AVAILABLE | {"status": "Preparing"})
    began = time.monotonic()
    gateway.stop()
    assert time.monotonic() - began < LEAVES_WITHIN_S

    goodbyes, answered = [], {}
    for station, raw in crowd.items():
        answered[station.pk] = set()
        goodbyes.append(_read_to_the_end(raw, answered[station.pk]))
    assert goodbyes == [1012] * STATIONS
    committed = Frame.objects.filter(incoming=True, action="StatusNotification").values_list("station_id", "message_id")
    kept = {pk: {message_id for station_id, message_id in committed if station_id == pk} for pk in answered}
    lost = {pk: ids - {"m1"} - kept[pk] for pk, ids in answered.items()}
    unanswered = {pk: kept[pk] - ids for pk, ids in answered.items() if kept[pk] - ids}
    assert not any(lost.values())  # whatever was acknowledged is there
    assert len(unanswered) <= STATIONS // 20  # and what was there was answered, but for what came at the last moment
    assert sum(len(ids) for ids in kept.values()) > STATIONS
    assert not StationLive.objects.filter(connected_at__isnull=False).exists()


def _read_to_the_end(raw: RawStation, answered: set[str]) -> int | None:
    try:
        while True:
            answered.add(json.loads(raw.socket.recv(timeout=5))[1])
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
