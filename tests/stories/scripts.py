"""One charge of 230 seconds and 3.217 kWh, told in each dialect: the car charges for 100 s, then only stands there."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.core.clock import now
from tests.plugged import RawStation
from tests.stories.conftest import CARD

BEGIN_WH, END_WH = 1_000_000, 1_003_217
CHARGED_S, CONNECTED_S = 100, 230
Json = dict[str, Any]


def some_minutes_ago() -> datetime:
    """So that the whole charge lies behind us, yet recently enough to count as told live."""
    return now().replace(microsecond=0) - timedelta(seconds=CONNECTED_S + 5)


@dataclass
class Script16:
    raw: RawStation
    begin: datetime = field(default_factory=some_minutes_ago)
    number: int = 0

    def at(self, seconds: int = 0) -> str:
        return f"{self.begin + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"

    def boot(self) -> str:
        answer = self.raw.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        return str(answer["status"])

    def status(self, word: str, seconds: int = 0) -> None:
        news = {"connectorId": 1, "errorCode": "NoError", "status": word, "timestamp": self.at(seconds)}
        assert self.raw.call("StatusNotification", news) == {}

    def plug_in(self) -> None:
        self.status("Preparing", -5)

    def authorise(self) -> str:
        return str(self.raw.call("Authorize", {"idTag": CARD})["idTagInfo"]["status"])

    def start(self) -> str:
        start = {"connectorId": 1, "idTag": CARD, "meterStart": BEGIN_WH, "timestamp": self.at()}
        answer = self.raw.call("StartTransaction", start)
        self.number = answer["transactionId"]
        self.status("Charging")
        return str(answer["idTagInfo"]["status"])

    def meter(self, seconds: int, register_wh: int, power_w: int) -> None:
        value = {"timestamp": self.at(seconds), "sampledValue": samples(register_wh, power_w, is_16=True)}
        values = {"connectorId": 1, "transactionId": self.number, "meterValue": [value]}
        assert self.raw.call("MeterValues", values) == {}

    def suspend(self) -> None:
        self.status("SuspendedEV", CHARGED_S)

    def stop(self) -> None:
        stop = {"transactionId": self.number, "idTag": CARD, "meterStop": END_WH, "timestamp": self.at(CONNECTED_S)}
        assert self.raw.call("StopTransaction", stop)["idTagInfo"]["status"] == "Accepted"
        self.status("Available", CONNECTED_S)


@dataclass
class Script2:
    raw: RawStation
    begin: datetime = field(default_factory=some_minutes_ago)
    seq_no: int = 0

    def at(self, seconds: int = 0) -> str:
        return f"{self.begin + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"

    def boot(self) -> str:
        answer = self.raw.call(
            "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
        )
        return str(answer["status"])

    def status(self, word: str, seconds: int = 0) -> None:
        news = {"evseId": 1, "connectorId": 1, "connectorStatus": word, "timestamp": self.at(seconds)}
        assert self.raw.call("StatusNotification", news) == {}

    def plug_in(self) -> None:
        self.status("Occupied", -5)

    def authorise(self) -> str:
        answer = self.raw.call("Authorize", {"idToken": {"idToken": CARD, "type": "ISO14443"}})
        return str(answer["idTokenInfo"]["status"])

    def event(self, kind: str, trigger: str, state: str, seconds: int, **more: Any) -> Json:
        event = {
            "eventType": kind, "timestamp": self.at(seconds), "triggerReason": trigger, "seqNo": self.seq_no,
            "transactionInfo": {"transactionId": "tx-1", "chargingState": state} | more.pop("info", {}),
        }  # fmt: skip
        self.seq_no += 1
        return self.raw.call("TransactionEvent", event | more)

    def start(self) -> str:
        answer = self.event(
            "Started", "Authorized", "EVConnected", 0, evse={"id": 1, "connectorId": 1},
            idToken={"idToken": CARD, "type": "ISO14443"}, meterValue=self.reading(0, BEGIN_WH, 0, "Transaction.Begin"),
        )  # fmt: skip
        self.event("Updated", "ChargingStateChanged", "Charging", 0)
        return str(answer["idTokenInfo"]["status"])

    def reading(self, seconds: int, register_wh: int, power_w: int, context: str = "Sample.Periodic") -> list[Json]:
        values = [sample | {"context": context} for sample in samples(register_wh, power_w, is_16=False)]
        return [{"timestamp": self.at(seconds), "sampledValue": values}]

    def meter(self, seconds: int, register_wh: int, power_w: int) -> None:
        values = self.reading(seconds, register_wh, power_w)
        self.event("Updated", "MeterValuePeriodic", "Charging", seconds, meterValue=values)

    def suspend(self) -> None:
        self.event("Updated", "ChargingStateChanged", "SuspendedEV", CHARGED_S)

    def stop(self) -> None:
        self.event(
            "Ended", "StopAuthorized", "EVConnected", CONNECTED_S, info={"stoppedReason": "Local"},
            idToken={"idToken": CARD, "type": "ISO14443"},
            meterValue=self.reading(CONNECTED_S, END_WH, 0, "Transaction.End"),
        )  # fmt: skip
        self.status("Available", CONNECTED_S)


SCRIPTS = {"1.6": Script16, "2.0.1": Script2, "2.1": Script2}


def samples(register_wh: int, power_w: int, *, is_16: bool) -> list[Json]:
    """Eight of them, as most stations send; 1.6 writes numbers as text and names the unit differently."""
    values: list[tuple[str, float, str, str | None]] = [
        ("Energy.Active.Import.Register", register_wh, "Wh", None),
        ("Power.Active.Import", power_w, "W", None),
        ("Current.Import", power_w / 3 / 230, "A", "L1"),
        ("Current.Import", power_w / 3 / 230, "A", "L2"),
        ("Current.Import", power_w / 3 / 230, "A", "L3"),
        ("Voltage", 230, "V", "L1-N"),
        ("Temperature", 31.5, "Celsius", None),
        ("SoC", 55, "Percent", None),
    ]
    return [_sample(*value, is_16=is_16) for value in values]


def _sample(measurand: str, value: float, unit: str, phase: str | None, *, is_16: bool) -> Json:
    wanted: Json = {"measurand": measurand} | ({"phase": phase} if phase else {})
    if is_16:
        return wanted | {"value": str(round(value, 2)), "unit": unit}
    return wanted | {"value": round(value, 2), "unitOfMeasure": {"unit": unit}}
