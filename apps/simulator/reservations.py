"""Reservations as a station keeps them: one per EVSE, in memory, so that a reboot forgets them."""

from dataclasses import dataclass
from datetime import datetime

from apps.simulator.tokens import Token

# What somebody is told whose card is good, but not here and now.
RESERVED = "Reserved"


@dataclass(frozen=True)
class Reservation:
    """`group` may use it beside the token (1.6: parentIdTag)."""

    id: int
    token: Token
    group: str | None
    expires_at: datetime

    def fits(self, token: Token, group: str | None) -> bool:
        return token.key == self.token.key or (self.group is not None and group == self.group)
