"""Oddities of makes: what the server may notice, and what it does once people have accepted it."""

from dataclasses import dataclass
from enum import StrEnum


class Quirk(StrEnum):
    """One way in which a station differs from what it says or should do."""

    REGISTER_UNIT = "register_unit"
    READING_UNIT = "reading_unit"
    REGISTER_MODE = "register_mode"
    ZONE_OFFSET = "zone_offset"
    CLOCK_OFFSET = "clock_offset"
    CONNECTOR_ZERO = "connector_zero"
    ASSUME_16 = "assume_16"
    PINGS_UNANSWERED = "pings_unanswered"
    CALLS_UNANSWERED = "calls_unanswered"
    TWO_SOCKETS = "two_sockets"
    NO_BOOT = "no_boot"
    MISSING_BEGIN = "missing_begin"
    LONG_TOKEN = "long_token"  # noqa: S105  (no secret)
    REVERSED_TOKEN = "reversed_token"  # noqa: S105
    REUSED_MESSAGE_ID = "reused_message_id"
    EXTRA_CONNECTOR = "extra_connector"
    ODD_ACTION = "odd_action"


class RegisterMode(StrEnum):
    """Whether an energy register counts on for ever or each charge from 0 (Q14)."""

    LIFETIME = "lifetime"
    SESSION = "session"


@dataclass(frozen=True, kw_only=True)
class Amendments:
    """How a station's words are read differently from what they say, because somebody has accepted that.

    `register_factor` is for all energy registers, `reading_factor` for those in readings where they differ from it;
    `zone_offset_min` is how far the clock of a station that tells no zone is ahead of UTC.
    """

    register_factor: float = 1
    reading_factor: float = 1
    register_mode: RegisterMode | None = None
    zone_offset_min: int = 0
    connector_zero_is_one: bool = False
    assume_16: bool = False

    @property
    def changes_messages(self) -> bool:
        """Whether a message has to be amended before it is used."""
        factors = self.register_factor != 1 or self.reading_factor != 1
        return factors or self.connector_zero_is_one or self.zone_offset_min != 0
