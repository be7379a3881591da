"""A charge in messages: events, readings, requests to start and stop, reservations (OCPP 2.1 blocks E, F, H, J)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from apps.drivers.messages import IdTokenInfo, IdTokenSeen
from apps.stations.messages import ChargingProfile, ChargingState


class EventType(StrEnum):
    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


class Hold(StrEnum):
    """Why a charge is not billed by itself; empty for one that is."""

    NONE = ""
    NEGATIVE_ENERGY = "negative_energy"
    START_UNKNOWN = "start_unknown"
    END_UNKNOWN = "end_unknown"
    BEGIN_UNKNOWN = "begin_unknown"
    IMPLICIT_STOP = "implicit_stop"
    UNAUTHORIZED = "unauthorized"
    CLOCK = "clock"
    CONFLICT = "conflict"
    PLACE_UNKNOWN = "place_unknown"
    UNIT_SUSPECT = "unit_suspect"
    REGISTER_RESET = "register_reset"
    ROLL_OVER = "roll_over"
    MESSAGES_MISSING = "messages_missing"
    NO_CAR = "no_car"
    WAIVED = "waived"


class WorkKind(StrEnum):
    """What there may be to decide about a charge."""

    SILENT = "silent"
    INTERRUPTED = "interrupted"
    HELD = "held"
    CONFLICT = "conflict"
    ORPHAN = "orphan"
    QUARANTINED = "quarantined"


class ReadingContext(StrEnum):
    INTERRUPTION_BEGIN = "Interruption.Begin"
    INTERRUPTION_END = "Interruption.End"
    OTHER = "Other"
    SAMPLE_CLOCK = "Sample.Clock"
    SAMPLE_PERIODIC = "Sample.Periodic"
    TRANSACTION_BEGIN = "Transaction.Begin"
    TRANSACTION_END = "Transaction.End"
    TRIGGER = "Trigger"


@dataclass(frozen=True, kw_only=True)
class SampledValue:
    """One measurand in SI units: Wh, varh, W, var, VA, A, V, %, °C (K and F are converted), Hz.

    `phase` is null for the total. A value whose unit nobody knows keeps it in `unit` and is only stored (Q27).
    """

    value: float
    measurand: str = "Energy.Active.Import.Register"
    unit: str = "Wh"
    phase: str | None = None
    location: str = "Outlet"
    context: ReadingContext = ReadingContext.SAMPLE_PERIODIC


class SampleKind(NamedTuple):
    """What a sample is, apart from its value; the words of `SampledValue`."""

    measurand: str
    unit: str
    phase: str | None
    location: str
    context: ReadingContext


@dataclass(frozen=True, kw_only=True)
class MeterReading:
    """What a meter showed at one instant; `at` is null when the station's clock reading was unreadable."""

    at: datetime | None
    samples: tuple[SampledValue, ...]


@dataclass(frozen=True, kw_only=True)
class MeterValues:
    """Readings outside TransactionEvent. `transaction_ref` is only told by 1.6; 0 and -1 become null (Q07, Q08)."""

    evse: int
    transaction_ref: str | None = None
    readings: tuple[MeterReading, ...] = ()


class RunningReading(NamedTuple):
    """A reading whose samples all have one context; their kinds are shared between messages, so only values are new."""

    at: datetime
    kinds: tuple[SampleKind, ...]
    values: tuple[float, ...]


class RunningReadings(NamedTuple):
    """A message of the kind that is nine tenths of all: plain readings that name their charge, and little else.

    `payload` is its JSON as told, which holds no secret. 2.x tells `at`, `seq_no` and perhaps the place and state.
    """

    message_id: str
    ref: str
    evse: int | None
    connector: int | None
    at: datetime | None
    seq_no: int | None
    charging_state: ChargingState | None
    readings: tuple[RunningReading, ...]
    payload: str


@dataclass(frozen=True, kw_only=True)
class TransactionEvent:
    """Started, Updated or Ended.

    2.x: `transaction_ref` is the station's own id and `seq_no` counts. 1.6: a start has neither, a stop has our number
    as `transaction_ref` (null for -1, 0 and nonsense, then `ref_unknown` is true), and `meter_wh` is meterStart or
    meterStop. `at` is null when the station's clock reading was unreadable or out of range; `raw_at` keeps its words.
    """

    event_type: EventType
    at: datetime | None
    transaction_ref: str | None = None
    ref_unknown: bool = False
    seq_no: int | None = None
    trigger_reason: str | None = None
    offline: bool = False
    evse: int | None = None
    connector: int | None = None
    id_token: IdTokenSeen | None = None
    meter_wh: int | None = None
    charging_state: ChargingState | None = None
    stopped_reason: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    readings: tuple[MeterReading, ...] = ()
    raw_at: str = ""


@dataclass(frozen=True, kw_only=True)
class TransactionEventAnswer:
    """`transaction_number` is what 1.6 stations call the transaction from now on (1..2^31-1, never 0)."""

    transaction_number: int | None = None
    id_token_info: IdTokenInfo | None = None
    total_cost: float | None = None


@dataclass(frozen=True, kw_only=True)
class RequestStartTransaction:
    """`id_token` is shown to the station as the driver's; 1.6 knows no `remote_start_id` and drops it.

    `charging_profile` must be a TxProfile without `transaction_ref`: the charge has no name yet.
    """

    remote_start_id: int
    id_token: IdTokenSeen
    evse: int | None = None
    charging_profile: ChargingProfile | None = None


@dataclass(frozen=True, kw_only=True)
class RequestStopTransaction:
    transaction_ref: str


@dataclass(frozen=True, kw_only=True)
class GetTransactionStatus:
    """Whether a charge goes on and whether messages about it wait at the station (2.x only); null asks about all."""

    transaction_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class TransactionStatus:
    """The answer; `ongoing` is null where no charge was named."""

    messages_in_queue: bool
    ongoing: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ReserveNow:
    """Keep an EVSE for a token until `expires_at`; `evse` null or 0 is any of the station.

    The same `id` again replaces the reservation. `connector_type` (cCCS2, …) is 2.x only. `group_id_token` lets the
    whole group use it, as `IdTokenInfo.group`.
    """

    id: int
    id_token: IdTokenSeen
    expires_at: datetime
    evse: int | None = None
    connector_type: str | None = None
    group_id_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class CancelReservation:
    id: int


class ReservationUpdateStatus(StrEnum):
    EXPIRED = "Expired"
    REMOVED = "Removed"
    NO_TRANSACTION = "NoTransaction"


@dataclass(frozen=True, kw_only=True)
class ReservationStatusUpdate:
    """A 2.x station has ended a reservation by itself."""

    id: int
    status: ReservationUpdateStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCharge:
    """An open charge as the gateway remembers it, so that mere readings of it need no look-up.

    `state_at`: since when it is in `charging_state`. `next_seq_no` is the number that follows all that came;
    `has_gaps` tells that one before it has not come. `begin_wh` is null while no register is known.
    """

    transaction_id: int
    ref: str
    evse: int
    connector: int | None = None
    charging_state: str = ""
    state_at: datetime | None = None
    next_seq_no: int = 0
    has_gaps: bool = False
    begin_wh: float | None = None


# --- what a charge looks like from outside ---------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CurvePoint:
    """One instant of a charge; energy counted from its begin."""

    at: datetime
    energy_wh: float | None
    power_w: float | None
    soc_percent: float | None


# --- news -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TransactionStarted:
    transaction_id: int


@dataclass(frozen=True, kw_only=True)
class TransactionEnded:
    transaction_id: int
