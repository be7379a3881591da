"""Charges in the words of each dialect: the transaction messages of a simulated station, and what they must leave."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.faults.names import CARD

Json = dict[str, Any]

PERIODIC, BEGIN, END = 1, 3, 4
CONTEXTS = {PERIODIC: "Sample.Periodic", BEGIN: "Transaction.Begin", END: "Transaction.End"}
UNKNOWN_TRANSACTION = -1  # 1.6: no number was ever given


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


@dataclass
class Charge:
    """One simulated charge and everything that was said of it. `number` is what a 1.6 CSMS calls it."""

    ref: str
    version: str
    begin_at: datetime
    begin_wh: int
    end_wh: int = 0
    number: int | None = None
    seq_no: int = 0
    readings: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def is_16(self) -> bool:
        return self.version == "1.6"


@dataclass
class Letter:
    """A transaction message on its way. `is_offline`: it happened while there was no connection."""

    name: str
    action: str
    payload: Json
    charge: Charge
    failures: int = 0
    is_offline: bool = False

    def sealed(self) -> Json:
        """As it is known at the moment of sending."""
        if self.action == "TransactionEvent":
            return self.payload | ({"offline": True} if self.is_offline else {})
        if self.action == "StartTransaction":
            return self.payload
        number = self.charge.number
        return self.payload | {"transactionId": UNKNOWN_TRANSACTION if number is None else number}

    def take(self, answer: Json) -> None:
        """The CSMS has accepted it; in 1.6 a start is given its number."""
        if self.action == "StartTransaction":
            self.charge.number = int(answer["transactionId"])


def started(charge: Charge) -> Letter:
    if charge.is_16:
        payload = {"connectorId": 1, "idTag": CARD, "meterStart": charge.begin_wh, "timestamp": stamp(charge.begin_at)}
        return Letter(f"{charge.ref} start", "StartTransaction", payload, charge)
    more = {"evse": {"id": 1, "connectorId": 1}, "idToken": {"idToken": CARD, "type": "ISO14443"}}
    return _event(charge, "Started", "Authorized", charge.begin_at, _reading(charge, charge.begin_at, charge.begin_wh,
                                                                           BEGIN), more)  # fmt: skip


def updated(charge: Charge, at: datetime, wh: int) -> Letter:
    reading = _reading(charge, at, wh, PERIODIC)
    if charge.is_16:
        return Letter(f"{charge.ref} {wh}", "MeterValues", {"connectorId": 1, "meterValue": [reading]}, charge)
    return _event(charge, "Updated", "MeterValuePeriodic", at, reading, {})


def ended(charge: Charge, at: datetime, wh: int) -> Letter:
    charge.end_wh = wh
    if charge.is_16:
        payload = {"idTag": CARD, "meterStop": wh, "timestamp": stamp(at), "reason": "Local"}
        return Letter(f"{charge.ref} stop", "StopTransaction", payload, charge)
    return _event(charge, "Ended", "StopAuthorized", at, _reading(charge, at, wh, END),
                  {"idToken": {"idToken": CARD, "type": "ISO14443"}})  # fmt: skip


def _event(charge: Charge, kind: str, trigger: str, at: datetime, reading: Json, more: Json) -> Letter:
    info: Json = {"transactionId": charge.ref, "chargingState": "Charging"}
    if kind == "Ended":
        info |= {"stoppedReason": "Local", "chargingState": "EVConnected"}
    payload = {
        "eventType": kind, "timestamp": stamp(at), "triggerReason": trigger, "seqNo": charge.seq_no,
        "transactionInfo": info, "meterValue": [reading],
    }  # fmt: skip
    charge.seq_no += 1
    return Letter(f"{charge.ref} {charge.seq_no}", "TransactionEvent", payload | more, charge)


def _reading(charge: Charge, at: datetime, wh: int, context: int) -> Json:
    """One register and one power, and a note of what has to be found afterwards."""
    charge.readings.append((stamp(at), context, wh))
    values = [("Energy.Active.Import.Register", wh, "Wh"), ("Power.Active.Import", 11_000, "W")]
    return {"timestamp": stamp(at), "sampledValue": [_sample(charge, *value, context) for value in values]}


def _sample(charge: Charge, measurand: str, value: int, unit: str, context: int) -> Json:
    common = {"measurand": measurand, "context": CONTEXTS[context]}
    if charge.is_16:
        return common | {"value": str(value), "unit": unit}
    return common | {"value": value, "unitOfMeasure": {"unit": unit}}


def whole_charge(ref: str, version: str, begin_at: datetime) -> list[Letter]:
    """The same charge in every dialect: a minute and a half, 3.217 kWh, one reading in between."""
    charge = Charge(ref, version, begin_at, 1_000_000)
    return [
        started(charge),
        updated(charge, begin_at + timedelta(seconds=60), 1_002_000),
        ended(charge, begin_at + timedelta(seconds=90), 1_003_217),
    ]


BOOTS: dict[str, Json] = {
    "1.6": {"chargePointVendor": "V", "chargePointModel": "M"},
    "2.0.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
    "2.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
}
