"""What a 2.0.1 or 2.1 station says. For what a simulated station does, the two differ in nothing."""

import itertools
from collections.abc import Callable
from datetime import datetime

from apps.simulator.dialect import Message, Receipt, token_info
from apps.simulator.evse import ChargeEvent, EventKind, Evse
from apps.simulator.formatting import Json, meter_value_2x, stamp
from apps.simulator.inventory import availability_2x, device_model
from apps.simulator.knobs import Knobs
from apps.simulator.makes import StationConfig
from apps.simulator.meter import Reading
from apps.simulator.outbox import Letter
from apps.simulator.tokens import Token, TokenInfo
from apps.simulator.variables import knobs_2x


class Dialect2x:
    def __init__(self, config: StationConfig, evses: Callable[[], dict[int, Evse]]) -> None:
        self._config, self._make = config, config.make
        self.model, self.firmware = device_model(config, evses), config.make.firmware
        self._event_ids = itertools.count(1)

    def knobs(self) -> Knobs:
        return knobs_2x(self.model)

    def boot(self, reason: str) -> Json:
        station = {
            "vendorName": self._make.vendor[:50],
            "model": self._config.model[:20],
            "firmwareVersion": self.firmware,
        }
        if self._make.serial_in_boot:
            station["serialNumber"] = f"{self._make.name[:3].upper()}-{self._config.identity}"[:25]
        return {"reason": reason, "chargingStation": station}

    def note_heartbeat_interval(self, seconds: int) -> None:
        self.model.note("OCPPCommCtrlr", "HeartbeatInterval", str(seconds))

    def apply_after_reboot(self) -> None:
        self.model.reboot()

    def take_firmware(self, version: str) -> None:
        self.firmware = version
        self.model.note("Controller", "FirmwareVersion", version)

    def station_statuses(self, at: datetime, *, operative: bool) -> list[Message]:
        """2.x reports connectors only."""
        return []

    def statuses(self, evse: Evse, at: datetime) -> list[Message]:
        return [
            (
                "StatusNotification",
                {
                    "timestamp": stamp(self._make, at),
                    "connectorStatus": availability_2x(evse.status(connector), evse.car is not None),
                    "evseId": evse.id,
                    "connectorId": connector,
                },
            )
            for connector in range(1, evse.config.connectors + 1)
        ]

    def fault_notices(self, evse: Evse, code: str, at: datetime, *, cleared: bool) -> list[Message]:
        event = {
            "eventId": next(self._event_ids),
            "timestamp": stamp(self._make, at),
            "trigger": "Alerting",
            "actualValue": str(not cleared).lower(),
            "cleared": cleared,
            "techCode": code,
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": "EVSE", "evse": {"id": evse.id}},
            "variable": {"name": "Problem"},
        }
        return [("NotifyEvent", {"generatedAt": stamp(self._make, at), "seqNo": 0, "tbc": False, "eventData": [event]})]

    def reservation_notices(self, number: int, status: str) -> list[Message]:
        return [("ReservationStatusUpdate", {"reservationId": number, "reservationUpdateStatus": status})]

    def authorize(self, token: Token) -> Json:
        return {"idToken": _id_token(token)}

    def authorized(self, answer: Json) -> TokenInfo:
        info = answer["idTokenInfo"]
        group = (info.get("groupIdToken") or {}).get("idToken")
        return token_info(info, group=group, expires="cacheExpiryDateTime")

    def idle_reading(self, evse: Evse, reading: Reading) -> Message:
        return "MeterValues", {"evseId": evse.id, "meterValue": [meter_value_2x(self._make, reading)]}

    def letter(self, event: ChargeEvent) -> Letter | None:
        payload: Json = {
            "eventType": event.kind.value,
            "timestamp": stamp(self._make, event.at),
            "triggerReason": event.trigger,
            "seqNo": event.seq_no,
            "transactionInfo": self._info(event),
        }
        if event.offline:
            payload["offline"] = True
        if event.tells_evse or not self._make.tells_evse_once:
            connector = {"connectorId": event.connector} if event.charge.had_car else {}
            payload["evse"] = {"id": event.charge.evse_id} | connector
        if event.reservation_id is not None:
            payload["reservationId"] = event.reservation_id
        if event.token:
            payload["idToken"] = _id_token(event.token)
        if event.phases:
            payload["numberOfPhasesUsed"] = event.phases
        if event.readings:
            payload["meterValue"] = [meter_value_2x(self._make, reading) for reading in event.readings]
        return Letter("TransactionEvent", payload, event)

    def _info(self, event: ChargeEvent) -> Json:
        info: Json = {"transactionId": event.charge.id, "chargingState": event.flow.value}
        if event.kind is EventKind.ENDED:
            info["stoppedReason"] = event.stopped_reason or "Local"
        if event.remote_start_id is not None:
            info["remoteStartId"] = event.remote_start_id
        return info

    def sealed(self, letter: Letter) -> Json:
        return letter.payload

    def receipt(self, letter: Letter, answer: Json) -> Receipt:
        return Receipt(None, self.authorized(answer) if "idTokenInfo" in answer else None)


def _id_token(token: Token) -> Json:
    return {"idToken": token.value, "type": token.type}
