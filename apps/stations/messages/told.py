"""What a station says of itself (OCPP 2.1 blocks B, G, N, P)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.stations.messages.words import ChargingState, ConnectorStatus, RegistrationStatus


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
