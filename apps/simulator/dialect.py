"""What a station needs of an OCPP version to speak of its own accord."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.simulator.evse import ChargeEvent, Evse
from apps.simulator.formatting import Json
from apps.simulator.knobs import Knobs
from apps.simulator.meter import Reading
from apps.simulator.outbox import Letter
from apps.simulator.tokens import Token, TokenInfo, read_instant

Message = tuple[str, Json]


@dataclass(frozen=True)
class Receipt:
    """What the answer to a transaction message said: a 1.6 transaction number, and the standing of the token in it."""

    number: int | None = None
    info: TokenInfo | None = None


class Dialect(Protocol):
    def knobs(self) -> Knobs: ...

    def boot(self, reason: str) -> Json: ...

    def note_heartbeat_interval(self, seconds: int) -> None: ...

    def apply_after_reboot(self) -> None: ...

    def take_firmware(self, version: str) -> None: ...

    def station_statuses(self, at: datetime, *, operative: bool) -> list[Message]: ...

    def statuses(self, evse: Evse, at: datetime) -> list[Message]: ...

    def fault_notices(self, evse: Evse, code: str, at: datetime, *, cleared: bool) -> list[Message]: ...

    def reservation_notices(self, number: int, status: str) -> list[Message]: ...

    def authorize(self, token: Token) -> Json: ...

    def authorized(self, answer: Json) -> TokenInfo: ...

    def idle_reading(self, evse: Evse, reading: Reading) -> Message: ...

    def letter(self, event: ChargeEvent) -> Letter | None:
        """None when this version has no words for it."""

    def sealed(self, letter: Letter) -> Json:
        """The payload as it is known at the moment of sending."""

    def receipt(self, letter: Letter, answer: Json) -> Receipt: ...


def token_info(info: Json, *, group: str | None, expires: str) -> TokenInfo:
    return TokenInfo(info["status"], group, read_instant(info.get(expires)))
