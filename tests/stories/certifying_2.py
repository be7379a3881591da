"""A 2.x station as the certification cases drive it: it says one thing after the other, and answers as it is told."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from apps.stations.models import StationCommand
from tests.plugged import CALL, CALL_RESULT, RawStation, wait_for
from tests.stories.certifying import OPEN, QUIET_S, UPKEEP_KINDS, Json, stamp
from tests.stories.conftest import CARD

ABOUT = {"vendorName": "V", "model": "M"}
# What is asked of a station by itself after it has booted, and what one answers that knows nothing of it.
UPKEEP: dict[str, Json] = {
    "GetBaseReport": {"status": "NotSupported"},
    "GetLocalListVersion": {"versionNumber": 0},
    "SendLocalList": {"status": "Failed"},
}
UPKEEP_KINDS_2 = (*UPKEEP_KINDS, "stations.GetBaseReport")


@dataclass
class Station2:
    raw: RawStation
    seq_nos: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def boot(self, reason: str = "PowerUp") -> Json:
        return self.raw.call("BootNotification", {"reason": reason, "chargingStation": ABOUT})

    def status(self, *words: str, evse: int = 1, connector: int = 1) -> None:
        for word in words:
            news = {"evseId": evse, "connectorId": connector, "connectorStatus": word, "timestamp": stamp()}
            assert self.raw.call("StatusNotification", news) == {}

    def authorize(self, token: str = CARD, kind: str = "ISO14443") -> Json:
        info: Json = self.raw.call("Authorize", {"idToken": {"idToken": token, "type": kind}})["idTokenInfo"]
        return info

    def event(self, kind: str, trigger: str, *, ref: str = "tx-1", token: str = "", **more: Any) -> Json:
        """`info` goes into transactionInfo, `wh` makes a reading, `evse` is a number; all else goes as it is."""
        said = {"eventType": kind, "timestamp": stamp(), "triggerReason": trigger, "seqNo": self.seq_nos[ref]}
        self.seq_nos[ref] += 1
        said["transactionInfo"] = {"transactionId": ref} | more.pop("info", {})
        if token:
            said["idToken"] = {"idToken": token, "type": "ISO14443"}
        if "evse" in more:
            said["evse"] = {"id": more.pop("evse"), "connectorId": 1}
        if "wh" in more:
            said["meterValue"] = [{"timestamp": stamp(), "sampledValue": [_register(kind, more.pop("wh"))]}]
        return self.raw.call("TransactionEvent", said | more)

    def start(self, token: str = CARD, *, ref: str = "tx-1", evse: int = 1, **more: Any) -> Json:
        """Plugged in, authorised and charging: the verdict on the token."""
        said = {"info": {"chargingState": "Charging"}, "wh": 1000} | more
        return self.event("Started", "Authorized", ref=ref, token=token, evse=evse, **said)

    def end(self, reason: str = "Local", *, ref: str = "tx-1", trigger: str = "StopAuthorized", **more: Any) -> Json:
        return self.event("Ended", trigger, ref=ref, info={"stoppedReason": reason}, wh=3500, **more)

    def obey(self, action: str, answer: Json) -> Json:
        """Answer what we are asked for; done when the command is finished."""
        while (asked := self.raw.frame(lambda frame: frame[0] == CALL))[2] != action:
            assert asked[2] in UPKEEP, asked
            self._answer(asked, UPKEEP[asked[2]])
        self._answer(asked, answer)
        wait_for(lambda: not StationCommand.objects.filter(message_id=asked[1], state__in=OPEN).exists())
        payload: Json = asked[3]
        return payload

    def _answer(self, asked: list[Any], answer: Json) -> None:
        self.raw.socket.send(json.dumps([CALL_RESULT, asked[1], answer]))

    def is_left_alone(self) -> bool:
        """Whether nothing more is asked of it than upkeep."""
        if StationCommand.objects.filter(state__in=OPEN).exclude(kind__in=UPKEEP_KINDS_2).exists():
            return False
        self.raw.hears_nothing(QUIET_S)
        return all(frame[2] in UPKEEP for frame in self.raw.aside if frame[0] == CALL)


def _register(kind: str, register_wh: int) -> Json:
    contexts = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}
    return {"value": register_wh, "context": contexts.get(kind, "Sample.Periodic")}


def became(command: StationCommand) -> tuple[str, str]:
    """What has become of a command, and the word it was answered with."""
    command.refresh_from_db()
    return str(command.state), command.status
