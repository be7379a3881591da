"""What we ask of a station, and what became of it (OCPP 2.1 blocks B, F, G)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from apps.stations.messages.told import VariableRef


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
    """`requested` in 2.1 words: BootNotification, Heartbeat, MeterValues, StatusNotification, TransactionEvent, …

    1.6 also has DiagnosticsStatusNotification. With `extended` 1.6 is asked by the ExtendedTriggerMessage of the
    security whitepaper, whose FirmwareStatusNotification is the signed one; 2.x ignores it.
    """

    requested: str
    evse: int | None = None
    connector: int | None = None
    extended: bool = False


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
    """A command that one gateway may now send: `message` in our words, or a raw `action` with its `payload`.

    `kept` is what stays of the stored message once it is sent, `epoch` the socket that it goes out through.
    """

    id: UUID
    message: Any | None
    action: str
    payload: dict[str, Any] | None
    expires_at: datetime
    epoch: int
    kept: dict[str, Any] | None
