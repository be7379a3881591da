"""What stations say of themselves and what we ask of them, in OCPP 2.1 words (blocks B, F, G, L, N, P)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


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


# --- from the station -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class BootNotification:
    vendor: str
    model: str
    serial_number: str = ""
    firmware_version: str = ""
    reason: str | None = None
    iccid: str = ""
    imsi: str = ""


@dataclass(frozen=True, kw_only=True)
class BootAnswer:
    status: RegistrationStatus
    current_time: datetime
    interval_s: int


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """Answered from memory by the gateway; no service is called."""


@dataclass(frozen=True, kw_only=True)
class HeartbeatAnswer:
    current_time: datetime


@dataclass(frozen=True, kw_only=True)
class StatusNotification:
    """`evse` 0 is the whole station. Only 1.6 tells `charging_state`; `raw_status` is the word on the wire."""

    evse: int
    connector: int
    status: ConnectorStatus
    raw_status: str
    at: datetime | None = None
    charging_state: ChargingState | None = None
    error_code: str | None = None
    info: str = ""
    vendor_error_code: str = ""


@dataclass(frozen=True, kw_only=True)
class VariableRef:
    """The address of a variable; in 1.6 the configuration key is `variable` and `component` is empty."""

    component: str
    variable: str
    component_instance: str | None = None
    variable_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    attribute: str = "Actual"


@dataclass(frozen=True, kw_only=True)
class ReportedVariable:
    """One variable with what the station told of it; null where it told nothing."""

    ref: VariableRef
    value: str | None
    mutability: str | None = None
    data_type: str | None = None
    unit: str | None = None
    values_list: str | None = None
    min_limit: float | None = None
    max_limit: float | None = None
    reboot_required: bool | None = None


@dataclass(frozen=True, kw_only=True)
class NotifyReport:
    """One part of a report; complete when the part with `more` false and all before it are here (Q83)."""

    request_id: int
    seq_no: int
    more: bool
    generated_at: datetime | None
    variables: tuple[ReportedVariable, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EventData:
    event_id: int
    at: datetime | None
    trigger: str
    ref: VariableRef
    actual_value: str
    cleared: bool = False
    tech_code: str = ""
    tech_info: str = ""
    event_notification_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotifyEvent:
    seq_no: int
    more: bool
    generated_at: datetime | None
    events: tuple[EventData, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataTransfer:
    """Vendor data, in both directions. `data` is any JSON value (1.6: always text)."""

    vendor_id: str
    message_id: str | None = None
    data: Any = None


@dataclass(frozen=True, kw_only=True)
class DataTransferAnswer:
    """`status`: Accepted, Rejected, UnknownMessageId or UnknownVendorId."""

    status: str
    data: Any = None


# --- to the station ---------------------------------------------------------------------------------------


class ResetType(StrEnum):
    """OCPP 2.1 words; 1.6 knows Soft (on idle) and Hard (immediate)."""

    IMMEDIATE = "Immediate"
    ON_IDLE = "OnIdle"


@dataclass(frozen=True, kw_only=True)
class Reset:
    type: ResetType
    evse: int | None = None


@dataclass(frozen=True, kw_only=True)
class UnlockConnector:
    evse: int
    connector: int = 1


@dataclass(frozen=True, kw_only=True)
class ChangeAvailability:
    """`evse` null means the whole station."""

    operative: bool
    evse: int | None = None
    connector: int | None = None


@dataclass(frozen=True, kw_only=True)
class TriggerMessage:
    """`requested` in 2.1 words: BootNotification, Heartbeat, MeterValues, StatusNotification, TransactionEvent, …"""

    requested: str
    evse: int | None = None
    connector: int | None = None


@dataclass(frozen=True, kw_only=True)
class GetVariables:
    """In 1.6 GetConfiguration; with no refs it asks for every key (1.6 only)."""

    refs: tuple[VariableRef, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VariableValue:
    ref: VariableRef
    value: str


@dataclass(frozen=True, kw_only=True)
class SetVariables:
    """In 1.6 one ChangeConfiguration; a 1.6 command carries exactly one value."""

    values: tuple[VariableValue, ...]


@dataclass(frozen=True, kw_only=True)
class GetBaseReport:
    """2.x only. `report_base`: ConfigurationInventory, FullInventory or SummaryInventory."""

    request_id: int
    report_base: str = "FullInventory"


# --- what became of a command -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class VariableResult:
    """The station's answer for one variable; `status` in 2.1 words (Accepted, Rejected, UnknownVariable, …)."""

    ref: VariableRef
    status: str
    value: str | None = None
    mutability: str | None = None


@dataclass(frozen=True, kw_only=True)
class CommandOutcome:
    """A station's answer in our words. `accepted` decides the command's state; `status` is the word on the wire."""

    accepted: bool
    status: str
    reason: str = ""
    variables: tuple[VariableResult, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    data: Any = field(default=None)


@dataclass(frozen=True, kw_only=True)
class ClaimedCommand:
    """A command that one gateway may now send: `message` in our words, or a raw `action` with its `payload`."""

    id: UUID
    message: Any | None
    action: str
    payload: dict[str, Any] | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class StationLogin:
    """A station whose password was right."""

    station_id: int
    identity: str
    registration: RegistrationStatus


# --- news -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class StationBooted:
    station_id: int


@dataclass(frozen=True, kw_only=True)
class ConnectorStatusChanged:
    connector_id: int


@dataclass(frozen=True, kw_only=True)
class CommandFinished:
    command_id: str
