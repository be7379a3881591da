"""What crosses the border of this app: frames, the two refusals, and the unions of messages that can be said."""

from dataclasses import dataclass, field
from typing import Any

from apps.certificates.messages import (
    CertificateSigned,
    DeleteCertificate,
    GetInstalledCertificateIds,
    InstallCertificate,
    SignCertificate,
    SignCertificateAnswer,
)
from apps.charging.messages import (
    CancelReservation,
    GetTransactionStatus,
    MeterValues,
    RequestStartTransaction,
    RequestStopTransaction,
    ReservationStatusUpdate,
    ReserveNow,
    TransactionEvent,
    TransactionEventAnswer,
)
from apps.drivers.messages import Authorize, AuthorizeAnswer, ClearCache, GetLocalListVersion, SendLocalList
from apps.stations.messages import (
    BootAnswer,
    BootNotification,
    ChangeAvailability,
    ClearChargingProfile,
    DataTransfer,
    DataTransferAnswer,
    FirmwareStatusNotification,
    GetBaseReport,
    GetCompositeSchedule,
    GetLog,
    GetVariables,
    Heartbeat,
    HeartbeatAnswer,
    LogStatusNotification,
    NotifyEvent,
    NotifyReport,
    Reset,
    SecurityEventNotification,
    SetChargingProfile,
    SetVariables,
    StatusNotification,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
)

Payload = dict[str, Any]

Message = (
    Authorize
    | BootNotification
    | DataTransfer
    | FirmwareStatusNotification
    | Heartbeat
    | LogStatusNotification
    | MeterValues
    | NotifyEvent
    | NotifyReport
    | ReservationStatusUpdate
    | SecurityEventNotification
    | SignCertificate
    | StatusNotification
    | TransactionEvent
)
Answer = (
    AuthorizeAnswer | BootAnswer | DataTransferAnswer | HeartbeatAnswer | SignCertificateAnswer | TransactionEventAnswer
)
Command = (
    CancelReservation
    | CertificateSigned
    | ChangeAvailability
    | ClearCache
    | ClearChargingProfile
    | DataTransfer
    | DeleteCertificate
    | GetBaseReport
    | GetCompositeSchedule
    | GetInstalledCertificateIds
    | GetLocalListVersion
    | GetLog
    | GetTransactionStatus
    | GetVariables
    | InstallCertificate
    | RequestStartTransaction
    | RequestStopTransaction
    | ReserveNow
    | Reset
    | SendLocalList
    | SetChargingProfile
    | SetVariables
    | TriggerMessage
    | UnlockConnector
    | UpdateFirmware
)


class UnknownAction(Exception):
    """A station asks for something this version, or we, do not know; to be answered NotImplemented."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


class Unreadable(Exception):
    """A payload that cannot be understood. `code` is the OCPP error code, in the spelling of the station's version.

    For a transaction message the code is for people only: it is accepted and quarantined, never answered with an error.
    """

    def __init__(self, path: str, message: str, code: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message
        self.code = code


# --- frames of OCPP-J -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `payload` is an object in all but broken stations; null and nothing have become {} (Q60)."""

    message_id: str
    action: str
    payload: Any


@dataclass(frozen=True, slots=True)
class CallResult:
    message_id: str
    payload: Any


@dataclass(frozen=True, slots=True)
class CallError:
    """`code` is an official one in 2.x spelling, GenericError for all others (Q57); `raw_code` is the wire's."""

    message_id: str
    code: str
    description: str = ""
    details: Any = field(default_factory=dict)
    raw_code: str = ""


@dataclass(frozen=True, slots=True)
class CallResultError(CallError):
    """2.1 only: the station could not use an answer of ours."""


@dataclass(frozen=True, slots=True)
class Send:
    """2.1 only: a message that gets no reply (Q58)."""

    message_id: str
    action: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Ignored:
    """A message type this version does not know: its payload is not looked at (Q58)."""

    message_type: int


@dataclass(frozen=True, slots=True)
class Bad:
    """Not a usable frame. `message_id` is "-1" when none could be read (P4 §4.2.3), `action` is "" likewise.

    `answerable` is false for what looks like an answer: an error about an error would never end.
    """

    code: str
    description: str
    message_id: str = "-1"
    action: str = ""
    answerable: bool = True


Frame = Call | CallResult | CallError | CallResultError | Send | Ignored | Bad
