"""The stations of the load generator say what real ones say."""

import asyncio
import json

import pytest

from apps.charging.rules.readings import meter_rows
from apps.core.clock import now
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion
from benchmarks.generator import quantiles
from benchmarks.readings import FIRST_WH, Readings, stamp
from benchmarks.wire import NO_MASK, PING, PONG, Wire, frame

CHARGE = {"1.6": "4711", "2.0.1": "7f1c2a"}


def text_of(framed: bytes) -> str:
    """The payload of a masked frame of 126 to 65,535 bytes, whose length must be the one it states."""
    assert framed[:2] == b"\x81\xfe"
    assert framed[4:8] == NO_MASK
    assert len(framed) - 8 == int.from_bytes(framed[2:4], "big")
    return framed[8:].decode()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_reading_is_understood_whole(version):
    message_id, framed = Readings(version, CHARGE[version]).next()

    kind, its_id, action, payload = json.loads(text_of(framed))
    message = dialect_for(OcppVersion(version)).parse(action, payload, received_at=now())
    assert (kind, its_id) == (2, message_id.decode())
    assert message.transaction_ref == CHARGE[version]
    (row,) = meter_rows(message.readings, station_id=1, evse=1, received_at=now(), transaction_id=1)
    assert (row.energy_wh, row.power_w, row.soc_percent, row.offered_a) == (FIRST_WH + 1, 11042.5, 57, 32)
    assert not row.extra
    assert len(payload["meterValue"][0]["sampledValue"]) == 8


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_no_two_readings_of_a_charge_are_the_same(version):
    readings = Readings(version, CHARGE[version])

    taken = [json.loads(text_of(readings.next()[1])) for _ in range(50)]

    assert len({message[1] for message in taken}) == 50
    times = [message[3]["meterValue"][0]["timestamp"] for message in taken]
    assert times == sorted(set(times))


def test_station_time_has_milliseconds():
    assert stamp(1_700_000_000_007) == b"2023-11-14T22:13:20.007Z"


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.written.append(b"cut")


async def test_the_wire_reads_frames_in_whatever_pieces_they_come():
    heard: list[bytes] = []
    transport, wire = Transport(), Wire(b"GET", hear=heard.append, lost=lambda: None)
    long = b"x" * 300
    stream = (
        b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n" + b"\x81\x02[]"
        + bytes((0x80 | PING, 1)) + b"!" + b"\x81\x7e" + len(long).to_bytes(2, "big") + long
    )  # fmt: skip

    wire.connection_made(transport)
    for byte in stream:
        wire.data_received(bytes((byte,)))

    assert await wire.opened
    assert heard == [b"[]", long]
    assert transport.written == [b"GET", frame(b"!", PONG)]


async def test_a_refused_socket_is_no_connection():
    lost: list[bool] = []
    transport, wire = Transport(), Wire(b"GET", hear=lambda text: None, lost=lambda: lost.append(True))

    wire.connection_made(transport)
    wire.data_received(b"HTTP/1.1 401 Unauthorized\r\n\r\n")
    wire.connection_lost(None)

    assert await asyncio.wait_for(wire.opened, 1) is False
    assert (transport.written, lost) == ([b"GET", b"cut"], [])


def test_quantiles_are_values_that_occurred():
    assert quantiles([float(number) for number in range(100, 0, -1)]) == {"p50": 51, "p95": 96, "p99": 100, "max": 100}
    assert quantiles([]) == {}
