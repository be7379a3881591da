"""What a station may say before it is accepted (Q48; 2.1 B02.FR.02, B02.FR.09, B03.FR.03, B03.FR.07)."""

import time
from dataclasses import dataclass, field

from apps.dialects.messages import Payload
from apps.stations.messages import OcppVersion, RegistrationStatus

# Requests of ours that invite a message, and how long the invitation holds.
INVITED_BY = {"GetBaseReport": "NotifyReport", "GetReport": "NotifyReport"}
INVITATION_S = 300.0


@dataclass
class Permissions:
    """`boot_status` is what the last boot on this socket was answered with; before one, everything passes."""

    version: OcppVersion
    boot_status: RegistrationStatus | None = None
    invitations: dict[str, float] = field(default_factory=dict)

    def invite(self, action: str, payload: Payload) -> None:
        """Note what a request of ours asks the station to send."""
        invited = payload.get("requestedMessage") if action == "TriggerMessage" else INVITED_BY.get(action)
        if isinstance(invited, str):
            self.invitations[invited] = time.monotonic() + INVITATION_S

    def bar(self, action: str) -> bool:
        """Whether a message comes unasked from a station that was told to wait."""
        if self.boot_status in (None, RegistrationStatus.ACCEPTED) or action == "BootNotification":
            return False
        return self.invitations.get(action, 0.0) < time.monotonic()

    @property
    def may_be_called(self) -> bool:
        """A rejected station is left alone (2.1 B03.FR.03)."""
        return self.boot_status is not RegistrationStatus.REJECTED
