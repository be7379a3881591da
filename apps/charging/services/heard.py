"""One transaction event as we heard it: who said it, when it counts as having happened, and its keys."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from apps.charging.messages import TransactionEvent
from apps.core.clock import has_assumed_zone
from apps.core.text import storable
from apps.stations.messages import Amendments, Caller, OcppVersion
from apps.stations.models import ChargingStation

REF_LENGTH = 255
# Beyond this a price per minute is no longer right (Q38).
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """`event` is read as people have accepted that this station means it, `words` is what it said."""

    caller: Caller
    station: ChargingStation
    event: TransactionEvent
    said: TransactionEvent | None = None
    amendments: Amendments = field(default_factory=Amendments)

    @property
    def words(self) -> TransactionEvent:
        return self.said or self.event

    @property
    def at(self) -> datetime:
        """The station's time; where that can't be read, ours (Q36, Q37)."""
        return self.event.at or self.caller.received_at

    @property
    def is_16(self) -> bool:
        return self.caller.version is OcppVersion.V16

    @property
    def clock_note(self) -> str:
        """What is wrong with the time told, if anything. Hours ago is what a queue after an outage looks like (Q23);
        in the future, or live and long ago, the clock is wrong (Q38)."""
        if self.event.at is None:
            return "time_reconstructed"
        ahead = self.event.at - self.caller.received_at
        if ahead > CLOCK_TOLERANCE:
            return "clock_ahead"
        is_live = not self.is_16 and not self.event.offline
        return "clock_behind" if is_live and -ahead > CLOCK_TOLERANCE else ""

    @property
    def told_at(self) -> str:
        """The station's time for keys: a repeated message says the same, readable or not."""
        return self.words.at.isoformat() if self.words.at else self.words.raw_at

    @property
    def has_assumed_zone(self) -> bool:
        """Whether the station told its time without a zone (Q35)."""
        return has_assumed_zone(self.words.at)


def stored_ref(ref: str) -> str:
    """A transaction id as it is stored; one beyond reason is replaced by its digest, never cut (Q62)."""
    return storable(ref) if len(ref) <= REF_LENGTH else f"sha256:{_hashed(ref)}"


def start_key(heard: Heard) -> str:
    """What makes a repeated start the same start: Q01 for 1.6, station id and time for 2.x (Q74, Q77)."""
    event = heard.words
    if event.transaction_ref is not None:
        return _hashed("2", event.transaction_ref, heard.told_at)
    token = event.id_token.value if event.id_token else None
    return _hashed("1.6", event.evse, token, heard.told_at, event.meter_wh)


def end_key(heard: Heard) -> str:
    """What makes a repeated end the same end, whichever number it names: a retry may have learnt it meanwhile."""
    event = heard.words
    token = event.id_token.value if event.id_token else None
    return _hashed(heard.told_at, event.meter_wh, event.stopped_reason, token)


def message_key(event: TransactionEvent) -> str:
    """Equal for equal messages."""
    return _hashed(event)


def _hashed(*facts: object) -> str:
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()
