"""The state of one EVSE, and of the charge it may be serving."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from apps.simulator.car import Car
from apps.simulator.makes import EvseConfig
from apps.simulator.meter import Meter, Reading
from apps.simulator.reservations import Reservation
from apps.simulator.tokens import Token


class Status(StrEnum):
    """In the words of 1.6, which say more than those of 2.x."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class Flow(StrEnum):
    """What 2.x calls chargingState."""

    IDLE = "Idle"
    EV_CONNECTED = "EVConnected"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"


class EventKind(StrEnum):
    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


@dataclass
class Charge:
    """A transaction. `id` is the station's own; `number` is what a 1.6 CSMS gave it, None until then."""

    id: str
    evse_id: int
    started_at: datetime
    begin_wh: int
    token: Token | None
    number: int | None = None
    end_wh: int | None = None
    next_seq_no: int = 0
    remote_start_id: int | None = None
    stop_reason: str | None = None
    had_car: bool = False
    told_token: bool = False
    told_evse: bool = False
    told_phases: int | None = None
    sampled_at: datetime | None = None
    readings: list[Reading] = field(default_factory=list)


@dataclass
class Evse:
    id: int
    config: EvseConfig
    meter: Meter
    operative: bool = True
    becoming_inoperative: bool = False
    fault: str | None = None
    car: Car | None = None
    connector: int = 1
    token: Token | None = None
    token_at: datetime | None = None
    remote_start_id: int | None = None
    reservation: Reservation | None = None
    used_reservation_id: int | None = None
    blocked: bool = False
    finished: bool = False
    charge: Charge | None = None
    flow: Flow = Flow.IDLE

    @property
    def free(self) -> bool:
        """Nothing and nobody here, and nothing in the way."""
        return self.status() is Status.AVAILABLE

    def status(self, connector: int | None = None) -> Status:
        if self.fault:
            return Status.FAULTED
        if not self.operative:
            return Status.UNAVAILABLE
        if connector not in (None, self.connector):
            # Only one connector of an EVSE can be in use (2.x E01.FR.14).
            return Status.UNAVAILABLE if self.car else Status.AVAILABLE
        return self._charge_status() if self.charge else self._idle_status()

    def _charge_status(self) -> Status:
        if self.charge and self.token is None:
            return Status.FINISHING if self.charge.stop_reason else Status.PREPARING
        flows = {
            Flow.CHARGING: Status.CHARGING,
            Flow.SUSPENDED_EV: Status.SUSPENDED_EV,
            Flow.SUSPENDED_EVSE: Status.SUSPENDED_EVSE,
        }
        return flows.get(self.flow, Status.PREPARING)

    def _idle_status(self) -> Status:
        if self.car and self.finished:
            return Status.FINISHING
        if self.reservation and not self.token:
            return Status.RESERVED
        return Status.PREPARING if self.car or self.token else Status.AVAILABLE


@dataclass(frozen=True)
class ChargeEvent:
    """News of a charge in 2.x words, before a dialect makes messages of it."""

    kind: EventKind
    trigger: str
    at: datetime
    seq_no: int
    offline: bool
    flow: Flow
    charge: Charge
    connector: int
    readings: tuple[Reading, ...] = ()
    token: Token | None = None
    tells_evse: bool = True
    phases: int | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    stopped_reason: str | None = None
