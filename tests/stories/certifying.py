"""A 1.6 station as the certification cases drive it: it says one thing after the other, and answers as it is told."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.core.clock import now
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion
from apps.stations.models import StationCommand
from apps.telemetry.models import Frame
from tests.plugged import CALL, CALL_RESULT, RawStation, wait_for
from tests.stories.conftest import CARD

Json = dict[str, Any]
OPEN = ("queued", "sent")
# What is asked of a station by itself after it has booted, and what one answers that knows nothing of it.
UPKEEP: dict[str, Json] = {
    "ChangeConfiguration": {"status": "NotSupported"},
    "GetConfiguration": {"configurationKey": [], "unknownKey": []},
    "GetLocalListVersion": {"listVersion": -1},
    "SendLocalList": {"status": "NotSupported"},
}
UPKEEP_KINDS = (
    "stations.GetVariables", "stations.SetVariables", "drivers.GetLocalListVersion", "drivers.SendLocalList",
)  # fmt: skip
# Long enough for a wake-up to reach the socket, if there were one.
QUIET_S = 1.0


def stamp(at: datetime | None = None) -> str:
    return f"{at or now():%Y-%m-%dT%H:%M:%S.%fZ}"


@dataclass
class Point:
    raw: RawStation
    upkeep: dict[str, Json] = field(default_factory=lambda: UPKEEP)

    def boot(self) -> Json:
        return self.raw.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})

    def status(self, *words: str, connector: int = 1, error: str = "NoError") -> None:
        for word in words:
            news = {"connectorId": connector, "errorCode": error, "status": word, "timestamp": stamp()}
            assert self.raw.call("StatusNotification", news) == {}

    def authorize(self, tag: str = CARD) -> Json:
        info: Json = self.raw.call("Authorize", {"idTag": tag})["idTagInfo"]
        return info

    def meter(self, number: int, register_wh: int, *, connector: int = 1) -> None:
        value = {"timestamp": stamp(), "sampledValue": [{"value": str(register_wh)}]}
        assert (
            self.raw.call("MeterValues", {"connectorId": connector, "transactionId": number, "meterValue": [value]})
            == {}
        )

    def start(self, tag: str = CARD, *, connector: int = 1, meter_wh: int = 1000, **facts: Any) -> Json:
        start = {"connectorId": connector, "idTag": tag, "meterStart": meter_wh, "timestamp": stamp()}
        return self.raw.call("StartTransaction", start | facts)

    def stop(self, number: int, *, meter_wh: int = 3500, **facts: Any) -> Json:
        stop = {"transactionId": number, "meterStop": meter_wh, "timestamp": stamp()}
        return self.raw.call("StopTransaction", stop | facts)

    def obey(self, action: str, answer: Json) -> Json:
        """Answer what we are asked for; done when the command is finished."""
        while (asked := self.raw.frame(lambda frame: frame[0] == CALL))[2] != action:
            assert asked[2] in self.upkeep, asked
            self._answer(asked, self.upkeep[asked[2]])
        self._answer(asked, answer)
        wait_for(lambda: not StationCommand.objects.filter(action=action, state__in=OPEN).exists())
        payload: Json = asked[3]
        return payload

    def _answer(self, asked: list[Any], answer: Json) -> None:
        self.raw.socket.send(json.dumps([CALL_RESULT, asked[1], answer]))

    def is_left_alone(self) -> bool:
        """Whether nothing more is asked of it than upkeep."""
        if StationCommand.objects.filter(state__in=OPEN).exclude(kind__in=UPKEEP_KINDS).exists():
            return False
        self.raw.hears_nothing(QUIET_S)
        return all(frame[2] in self.upkeep for frame in self.raw.aside if frame[0] == CALL)


def unlawful_frames(version: str = "1.6") -> list[str]:
    """What we sent that the schemas of that version do not allow."""
    dialect = dialect_for(OcppVersion(version))
    checks = {2: dialect.check_request, 3: dialect.check_answer}
    sent = Frame.objects.filter(incoming=False, kind__in=checks)
    return [frame.action for frame in sent if checks[frame.kind](frame.action, json.loads(frame.payload))]
