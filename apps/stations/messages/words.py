"""Words that many messages share, and who is speaking."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OcppVersion(StrEnum):
    """Versions by the name people use; `subprotocol` is the name on the wire."""

    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"

    @property
    def subprotocol(self) -> str:
        return f"ocpp{self.value}"


class RegistrationStatus(StrEnum):
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


class ConnectorStatus(StrEnum):
    AVAILABLE = "Available"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class ChargingState(StrEnum):
    """ChargingStateEnumType of OCPP 2.1; in 1.6 it is told by the connector's status."""

    CHARGING = "Charging"
    EV_CONNECTED = "EVConnected"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    IDLE = "Idle"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The authenticated station behind a message, and when we received it. Every look-up is scoped by it."""

    station_id: int
    version: OcppVersion
    epoch: int
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class StationLogin:
    """A station that has proved who it is."""

    station_id: int
    identity: str
    registration: RegistrationStatus
