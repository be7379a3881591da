"""A 1.6 station as the certification cases drive it: it says one thing after the other, and answers as it is told."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.core.clock import now
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion
from apps.stations.models import StationCommand
from apps.telemetry.models import Frame
from tests.plugged import RawStation, wait_for
from tests.stories.conftest import CARD

Json = dict[str, Any]
OPEN = ("queued", "sent")
# Long enough for a wake-up to reach the socket, if there were one.
QUIET_S = 1.0


def stamp(at: datetime | None = None) -> str:
    return f"{at or now():%Y-%m-%dT%H:%M:%S.%fZ}"


@dataclass
class Point:
    raw: RawStation

    def boot(self) -> Json:
        return self.raw.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})

    def status(self, *words: str, connector: int = 1, error: str = "NoError") -> None:
        for word in words:
            news = {"connectorId": connector, "errorCode": error, "status": word, "timestamp": stamp()}
            assert self.raw.call("StatusNotification", news) == {}

    def authorize(self, tag: str = CARD) -> Json:
        info: Json = self.raw.call("Authorize", {"idTag": tag})["idTagInfo"]
        return info

    def start(self, tag: str = CARD, *, connector: int = 1, meter_wh: int = 1000, **facts: Any) -> Json:
        start = {"connectorId": connector, "idTag": tag, "meterStart": meter_wh, "timestamp": stamp()}
        return self.raw.call("StartTransaction", start | facts)

    def stop(self, number: int, *, meter_wh: int = 3500, **facts: Any) -> Json:
        stop = {"transactionId": number, "meterStop": meter_wh, "timestamp": stamp()}
        return self.raw.call("StopTransaction", stop | facts)

    def obey(self, action: str, answer: Json) -> Json:
        """Answer what we are asked for; done when the command is finished."""
        payload = self.raw.obey(action, answer)
        wait_for(lambda: not StationCommand.objects.filter(action=action, state__in=OPEN).exists())
        return payload

    def is_left_alone(self) -> bool:
        """Whether nothing more is asked of it."""
        return not StationCommand.objects.filter(state__in=OPEN).exists() and self.raw.hears_nothing(QUIET_S)


def unlawful_frames(version: str = "1.6") -> list[str]:
    """What we sent that the schemas of that version do not allow."""
    dialect = dialect_for(OcppVersion(version))
    checks = {2: dialect.check_request, 3: dialect.check_answer}
    sent = Frame.objects.filter(incoming=False)
    return [frame.action for frame in sent if checks[frame.kind](frame.action, json.loads(frame.payload))]
