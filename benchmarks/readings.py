"""Messages with eight sampled values, written in advance but for what changes from one to the next."""

import json
import time
from dataclasses import dataclass, field
from functools import lru_cache

from benchmarks.wire import frame

# What changes, each always of the same length: the frame's head needs no counting then.
FIRST_WH, FIRST_NUMBER = 1_000_000_000, 1_100_000_000
MESSAGE_ID, AT, ENERGY, NUMBER = "m-00000000", "2000-01-01T00:00:00.000Z", str(FIRST_WH), str(FIRST_NUMBER)
VARIABLE = (MESSAGE_ID, AT, ENERGY, NUMBER)
SAMPLES = (
    ("Energy.Active.Import.Register", "", "Wh", ENERGY),
    ("Power.Active.Import", "", "W", "11042.5"),
    ("Current.Import", "L1", "A", "16.02"),
    ("Current.Import", "L2", "A", "15.97"),
    ("Current.Import", "L3", "A", "16.01"),
    ("Voltage", "", "V", "230.4"),
    ("SoC", "", "Percent", "57"),
    ("Current.Offered", "", "A", "32.0"),
)


def _samples_16() -> list[dict[str, str]]:
    return [
        {"value": value, "context": "Sample.Periodic", "format": "Raw", "measurand": measurand,
         **({"phase": phase} if phase else {}), "location": "EV" if measurand == "SoC" else "Outlet", "unit": unit}
        for measurand, phase, unit, value in SAMPLES
    ]  # fmt: skip


def _samples_2() -> list[dict[str, object]]:
    return [
        {"value": int(value) if value == ENERGY else float(value), "context": "Sample.Periodic", "measurand": measurand,
         **({"phase": phase} if phase else {}), "location": "EV" if measurand == "SoC" else "Outlet",
         "unitOfMeasure": {"unit": unit}}
        for measurand, phase, unit, value in SAMPLES
    ]  # fmt: skip


def _meter_values(transaction: str) -> tuple[str, dict[str, object]]:
    values = [{"timestamp": AT, "sampledValue": _samples_16()}]
    return "MeterValues", {"connectorId": 1, "transactionId": int(transaction), "meterValue": values}


def _transaction_event(transaction: str) -> tuple[str, dict[str, object]]:
    return "TransactionEvent", {
        "eventType": "Updated", "timestamp": AT, "triggerReason": "MeterValuePeriodic", "seqNo": FIRST_NUMBER,
        "transactionInfo": {"transactionId": transaction, "chargingState": "Charging"},
        "meterValue": [{"timestamp": AT, "sampledValue": _samples_2()}],
    }  # fmt: skip


@dataclass
class Readings:
    """The readings of one charge, each newer than the one before: `next()` is a message id and its frame."""

    version: str
    transaction: str
    at_ms: int = 0
    count: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)
    _head: bytes = b""

    def __post_init__(self) -> None:
        action, payload = (_meter_values if self.version == "1.6" else _transaction_event)(self.transaction)
        text = json.dumps([2, MESSAGE_ID, action, payload], separators=(",", ":"))
        self._head = frame(text.encode())[: -len(text)]
        self._parts, self._names = _split(text)

    def next(self) -> tuple[bytes, bytes]:
        """Station time never stands still: the key of a reading is station, EVSE and time to the millisecond."""
        return self.taken_at(max(self.at_ms + 1, int(time.time() * 1000)))

    def taken_at(self, at_ms: int) -> tuple[bytes, bytes]:
        """A reading of a given time, such as one from the station's memory."""
        self.count, self.at_ms = self.count + 1, at_ms
        message_id = b"m-%08d" % self.count
        number = b"%d" % (FIRST_NUMBER + self.count)
        values = {MESSAGE_ID: message_id, AT: stamp(at_ms), ENERGY: b"%d" % (FIRST_WH + self.count), NUMBER: number}
        pieces = [self._head, self._parts[0]]
        for name, part in zip(self._names, self._parts[1:], strict=True):
            pieces += (values[name], part)
        return message_id, b"".join(pieces)


def _split(text: str) -> tuple[list[bytes], list[str]]:
    """The fixed parts of a message, and which of the variables stands between each two of them."""
    parts, names = [], []
    while found := [(text.index(name), name) for name in VARIABLE if name in text]:
        begin, name = min(found)
        parts.append(text[:begin].encode())
        names.append(name)
        text = text[begin + len(name) :]
    return [*parts, text.encode()], names


def stamp(at_ms: int) -> bytes:
    return b"%s.%03dZ" % (_second(at_ms // 1000), at_ms % 1000)


@lru_cache(maxsize=256)
def _second(at_s: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s)).encode()
