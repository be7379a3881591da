"""Who is at the other end of a socket, and what goes out through it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from apps.charging.messages import KnownCharge
from apps.dialects.messages import Payload
from apps.stations.messages import Caller, OcppVersion, RegistrationStatus

LinkKey = tuple[str, int]


class CloseCode(IntEnum):
    """Why we close a socket: RFC 6455's own numbers where there is one."""

    TOO_LARGE = 1009
    SILENT = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    SUPERSEDED = 4001
    BAD_FRAMES = 4002
    HALF_DEAD = 4003


@dataclass(frozen=True, kw_only=True)
class CertificateSubject:
    """Whom a verified client certificate names; a name that it does not have exactly once is empty."""

    common_name: str
    organization: str


@dataclass(frozen=True, kw_only=True)
class Login:
    """A station that has proved who it is; it speaks for itself only once it holds the lease."""

    schema: str
    tenant_id: int
    station_id: int
    identity: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """A station's socket; it counts as long as its epoch is the newest."""

    schema: str
    tenant_id: int
    station_id: int
    identity: str
    version: OcppVersion
    epoch: int
    subprotocol: str = ""

    @property
    def key(self) -> LinkKey:
        """What tells stations apart in one process: identities repeat across tenants."""
        return self.schema, self.station_id

    def caller(self, received_at: datetime) -> Caller:
        return Caller(station_id=self.station_id, version=self.version, epoch=self.epoch, received_at=received_at)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The frame that may leave now that its cause is committed; None where the protocol wants no reply.

    `charges` are the station's open charges, where the message may have changed what is to be remembered of them.
    """

    frame: str | None
    boot_status: RegistrationStatus | None = None
    charges: tuple[KnownCharge, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class OutgoingCall:
    """A claimed command, encoded and recorded as sent."""

    command_id: str
    message_id: str
    action: str
    payload: Payload
    frame: str


class StaleLink(Exception):
    """A newer socket speaks for this station; this one may do nothing any more."""
