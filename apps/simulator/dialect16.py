"""What a 1.6 station says."""

from datetime import datetime

from apps.simulator.dialect import Message, Receipt, token_info
from apps.simulator.evse import ChargeEvent, EventKind, Evse, Status
from apps.simulator.formatting import Json, meter_value_16, stamp
from apps.simulator.keys16 import keys_for, knobs_16
from apps.simulator.knobs import Knobs, csv
from apps.simulator.makes import StationConfig
from apps.simulator.meter import Reading
from apps.simulator.outbox import Letter
from apps.simulator.tokens import Token, TokenInfo

# Sent instead of a transaction number that never came (1.6 errata §3.18).
UNKNOWN_TRANSACTION = -1
ERROR_CODES = frozenset(
    csv(
        "ConnectorLockFailure,EVCommunicationError,GroundFailure,HighTemperature,InternalError,LocalListConflict,"
        "OtherError,OverCurrentFailure,OverVoltage,PowerMeterFailure,PowerSwitchFailure,ReaderFailure,ResetFailure,"
        "UnderVoltage,WeakSignal"
    )
)
REASONS = frozenset(
    csv(
        "DeAuthorized,EmergencyStop,EVDisconnected,HardReset,Local,Other,PowerLoss,Reboot,Remote,SoftReset,"
        "UnlockCommand"
    )
)


class Dialect16:
    def __init__(self, config: StationConfig) -> None:
        self._config, self._make = config, config.make
        self.keys, self.firmware = keys_for(config), config.make.firmware

    def knobs(self) -> Knobs:
        return knobs_16(self.keys)

    def boot(self, reason: str) -> Json:
        """1.6 has no place for the reason."""
        payload = {
            "chargePointVendor": self._make.vendor[:20],
            "chargePointModel": self._config.model[:20],
            "firmwareVersion": self.firmware,
            "meterType": "MID 3ph",
        }
        if self._make.serial_in_boot:
            payload["chargePointSerialNumber"] = f"{self._make.name[:3].upper()}-{self._config.identity}"[:25]
        return payload

    def note_heartbeat_interval(self, seconds: int) -> None:
        self.keys.note("HeartbeatInterval", str(seconds))

    def apply_after_reboot(self) -> None:
        self.keys.reboot()

    def take_firmware(self, version: str) -> None:
        self.firmware = version

    def station_statuses(self, at: datetime, *, operative: bool) -> list[Message]:
        return [self._status(0, Status.AVAILABLE if operative else Status.UNAVAILABLE, None, at)]

    def statuses(self, evse: Evse, at: datetime) -> list[Message]:
        return [self._status(evse.id, evse.status(), evse.fault, at)]

    def _status(self, connector: int, status: Status, fault: str | None, at: datetime) -> Message:
        error = "NoError" if fault is None else fault if fault in ERROR_CODES else "OtherError"
        return "StatusNotification", {
            "connectorId": connector,
            "status": status.value,
            "errorCode": error,
            "timestamp": stamp(self._make, at),
        }

    def fault_notices(self, evse: Evse, code: str, at: datetime, *, cleared: bool) -> list[Message]:
        """The status says it all."""
        return []

    def reservation_notices(self, number: int, status: str) -> list[Message]:
        """The status says it all."""
        return []

    def authorize(self, token: Token) -> Json:
        return {"idTag": token.value}

    def authorized(self, answer: Json) -> TokenInfo:
        info = answer["idTagInfo"]
        return token_info(info, group=info.get("parentIdTag"), expires="expiryDate")

    def idle_reading(self, evse: Evse, reading: Reading) -> Message:
        return "MeterValues", {"connectorId": evse.id, "meterValue": [meter_value_16(self._make, reading)]}

    def letter(self, event: ChargeEvent) -> Letter | None:
        if event.kind is EventKind.STARTED:
            return Letter("StartTransaction", self._start(event), event)
        if event.kind is EventKind.ENDED:
            return Letter("StopTransaction", self._stop(event), event)
        if event.readings:
            values = [meter_value_16(self._make, reading) for reading in event.readings]
            return Letter("MeterValues", {"connectorId": event.charge.evse_id, "meterValue": values}, event)
        return None

    def _start(self, event: ChargeEvent) -> Json:
        used = {} if event.reservation_id is None else {"reservationId": event.reservation_id}
        return used | {
            "connectorId": event.charge.evse_id,
            "idTag": event.charge.token.value if event.charge.token else "",
            "meterStart": event.charge.begin_wh,
            "timestamp": stamp(self._make, event.at),
        }

    def _stop(self, event: ChargeEvent) -> Json:
        reason = event.stopped_reason or "Local"
        payload: Json = {
            "meterStop": event.charge.end_wh,
            "timestamp": stamp(self._make, event.at),
            "reason": reason if reason in REASONS else "Other",
        }
        if event.token:
            payload["idTag"] = event.token.value
        if event.readings:
            payload["transactionData"] = [meter_value_16(self._make, reading) for reading in event.readings]
        return payload

    def sealed(self, letter: Letter) -> Json:
        if letter.action == "StartTransaction":
            return letter.payload
        number = letter.event.charge.number
        return letter.payload | {"transactionId": UNKNOWN_TRANSACTION if number is None else number}

    def receipt(self, letter: Letter, answer: Json) -> Receipt:
        if letter.action != "StartTransaction":
            return Receipt()
        return Receipt(answer["transactionId"], self.authorized(answer))
