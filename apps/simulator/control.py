"""What goes on at the EVSEs of a station: cars, cards, energy and the transactions that come of them."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Protocol

from apps.simulator.car import Car
from apps.simulator.clock import unique_id
from apps.simulator.evse import Charge, ChargeEvent, EventKind, Evse, Flow
from apps.simulator.knobs import Knobs
from apps.simulator.limits import WHOLE_STATION, ProfileBook
from apps.simulator.makes import StationConfig
from apps.simulator.meter import Meter, Reading, register_of
from apps.simulator.power import supply
from apps.simulator.profiles import Limit, Profile
from apps.simulator.reservations import RESERVED, Reservation
from apps.simulator.sampling import (
    ALIGNED,
    BEGIN,
    END,
    PERIODIC,
    crosses_alignment,
    due,
    keep,
    next_base,
    take,
)
from apps.simulator.tokens import ACCEPTED, Token, TokenBook, TokenInfo

FAULT_REASONS = {
    "GroundFailure": "GroundFault",
    "OverCurrentFailure": "OvercurrentFault",
    "EmergencyStop": "EmergencyStop",
}


class Desk(Protocol):
    """The part of a station that talks; Control decides what there is to say."""

    @property
    def online(self) -> bool: ...

    def post(self, event: ChargeEvent) -> None: ...

    def report_status(self, evse: Evse) -> None: ...

    def report_idle_reading(self, evse: Evse, reading: Reading) -> None: ...

    def report_fault(self, evse: Evse, code: str, *, cleared: bool) -> None: ...

    def report_reservation(self, number: int, status: str) -> None: ...

    async def ask_authorization(self, token: Token) -> TokenInfo | None:
        """None when nobody could be asked."""

    def charge_over(self) -> None: ...


class Control:
    def __init__(
        self, config: StationConfig, desk: Desk, knobs: Callable[[], Knobs], now: Callable[[], datetime], rng: Random
    ) -> None:
        self._config, self._desk, self._knobs, self.now, self._rng = config, desk, knobs, now, rng
        self.tokens = TokenBook()
        self.profiles = ProfileBook()
        self.evses = {
            n: Evse(n, evse, Meter(register_of(evse, now(), rng), now(), phases=evse.phases))
            for n, evse in enumerate(config.evses, start=1)
        }
        self._ticked_at = now()

    # -- what people do ------------------------------------------------------------------------------------------------

    def plug_in(self, evse_id: int, car: Car, *, connector: int = 1) -> None:
        evse = self.evses[evse_id]
        if evse.car:
            raise ValueError(f"EVSE {evse_id} already has a car")
        evse.car, evse.connector, evse.finished = car, connector, False
        evse.flow = Flow.EV_CONNECTED
        if evse.charge:
            evse.charge.had_car = True
        self._proceed(evse, "CablePluggedIn")

    def unplug(self, evse_id: int) -> None:
        evse = self.evses[evse_id]
        self._drive(evse, self.now())
        evse.car, evse.finished, evse.flow = None, False, Flow.IDLE
        self._drive(evse, self.now())
        if evse.charge:
            evse.charge.stop_reason = evse.charge.stop_reason or "EVDisconnected"
            self._end_or_update(evse, "EVCommunicationLost")
        self._desk.report_status(evse)

    async def present_token(self, evse_id: int, value: str) -> str:
        """Start with it, or stop with it; answers the status the token got."""
        evse, token = self.evses[evse_id], Token(value)
        if evse.token and self._may_stop(evse.token, token):
            self.deauthorize(evse, "StopAuthorized", "Local", token)
            return ACCEPTED
        info = await self.check(token)
        if info.status_at(self.now()) != ACCEPTED:
            return info.status_at(self.now())
        if not self.may_use(evse, token):
            return RESERVED
        if evse.token is None:
            self.authorize(evse, token, "Authorized")
        elif self._may_stop(evse.token, token):
            self.deauthorize(evse, "StopAuthorized", "Local", token)
        return ACCEPTED

    def fault(self, evse_id: int, code: str) -> None:
        evse = self.evses[evse_id]
        evse.fault = code
        self.release(evse, "Removed")
        if evse.charge:
            evse.charge.stop_reason = FAULT_REASONS.get(code, "Other")
            self.end(evse, "AbnormalCondition")
        self._desk.report_fault(evse, code, cleared=False)
        self._desk.report_status(evse)

    def clear_fault(self, evse_id: int) -> None:
        evse = self.evses[evse_id]
        code, evse.fault = evse.fault, None
        if code:
            self._desk.report_fault(evse, code, cleared=True)
            self._desk.report_status(evse)

    # -- authorization -------------------------------------------------------------------------------------------------

    async def check(self, token: Token) -> TokenInfo:
        info = await self._desk.ask_authorization(token)
        if info:
            self.tokens.learn(token, info)
            return info
        return self._check_offline(token)

    def _check_offline(self, token: Token) -> TokenInfo:
        knobs = self._knobs()
        known = self.tokens.known(token) if knobs.offline_known else None
        if known:
            return known
        return TokenInfo(ACCEPTED if knobs.offline_unknown else "Unknown")

    def may_use(self, evse: Evse, token: Token) -> bool:
        """Whether it is not kept for somebody else (1.6 §5.13, 2.x H03)."""
        return evse.reservation is None or evse.reservation.fits(token, self.tokens.group_of(token))

    def authorize(self, evse: Evse, token: Token, trigger: str, *, remote_start_id: int | None = None) -> None:
        if evse.reservation:
            evse.used_reservation_id, evse.reservation = evse.reservation.id, None
        evse.token, evse.token_at, evse.remote_start_id = token, self.now(), remote_start_id
        evse.blocked = evse.finished = False
        if evse.charge:
            evse.charge.stop_reason, evse.charge.told_token = None, False
            evse.charge.token = evse.charge.token or token
        self._proceed(evse, trigger)

    def deauthorize(self, evse: Evse, trigger: str, reason: str, token: Token | None = None) -> None:
        """End the right to charge. Whether the transaction ends with it is a matter of its stop points."""
        self._drive(evse, self.now())
        evse.token = None
        self._drive(evse, self.now())
        if evse.charge:
            evse.charge.stop_reason = reason
            self._end_or_update(evse, trigger, token)
        self._desk.report_status(evse)

    def judged(self, charge: Charge, token: Token, info: TokenInfo) -> None:
        """The CSMS has answered a transaction message that named a token."""
        self.tokens.learn(token, info)
        evse = self.evses[charge.evse_id]
        if info.status_at(self.now()) == ACCEPTED or evse.charge is not charge or evse.token is None:
            return
        if self._knobs().stop_on_invalid:
            self.deauthorize(evse, "Deauthorized", "DeAuthorized")
            return
        evse.blocked = True
        self._drive(evse, self.now())
        self._post(evse, EventKind.UPDATED, "Deauthorized")
        self._desk.report_status(evse)

    def _may_stop(self, starter: Token, other: Token) -> bool:
        groups = {self.tokens.group_of(starter), self.tokens.group_of(other)}
        return starter.key == other.key or (len(groups) == 1 and None not in groups)

    # -- transactions --------------------------------------------------------------------------------------------------

    def _proceed(self, evse: Evse, trigger: str) -> None:
        if evse.charge:
            self._post(evse, EventKind.UPDATED, trigger)
        elif self._may_start(evse):
            self._start(evse, trigger)
        self._desk.report_status(evse)

    def _may_start(self, evse: Evse) -> bool:
        if evse.fault or not evse.operative or evse.finished:
            return False
        met = {"EVConnected": bool(evse.car), "Authorized": bool(evse.token)}
        met["PowerPathClosed"] = met["EnergyTransfer"] = all(met.values())
        return any(met.get(point, False) for point in self._knobs().start_points)

    def _start(self, evse: Evse, trigger: str) -> None:
        now = self.now()
        evse.meter.advance(now)
        begin_wh = evse.meter.settle()
        evse.meter.begin_series()
        evse.charge = Charge(
            unique_id(self._rng, now),
            evse.id,
            now,
            begin_wh,
            evse.token,
            had_car=bool(evse.car),
            sampled_at=now,
        )
        reading = take(evse, self._config.make, self._knobs().measurands_begin, BEGIN)
        if self._config.make.transaction_data:
            keep(evse.charge, reading)
        self._post(evse, EventKind.STARTED, trigger, readings=(reading,) if reading.samples else ())

    def _end_or_update(self, evse: Evse, trigger: str, token: Token | None = None) -> None:
        knobs = self._knobs()
        points = knobs.stop_points | ({"EVConnected"} if knobs.stop_on_disconnect else set())
        over = {"EVConnected": not evse.car, "Authorized": not evse.token}
        over["PowerPathClosed"] = over["EnergyTransfer"] = any(over.values())
        if any(over.get(point, False) for point in points):
            self.end(evse, trigger, token)
        else:
            self._post(evse, EventKind.UPDATED, trigger, token=token)

    def end(self, evse: Evse, trigger: str, token: Token | None = None) -> None:
        """End the transaction now, whatever its stop points say."""
        self._drive(evse, self.now())
        if evse.charge is None:
            return
        evse.charge.end_wh = evse.meter.settle()
        reading = take(evse, self._config.make, self._knobs().measurands_end, END)
        readings = tuple(evse.charge.readings) + ((reading,) if reading.samples else ())
        evse.token, evse.flow = None, Flow.EV_CONNECTED if evse.car else Flow.IDLE
        self._post(evse, EventKind.ENDED, trigger, readings=readings, token=token)
        evse.charge, evse.blocked, evse.finished = None, False, evse.car is not None
        evse.meter.power_w = evse.meter.offered_w = 0
        self.profiles.forget_charge(evse.id)
        if evse.becoming_inoperative:
            evse.operative, evse.becoming_inoperative = False, False
        self._desk.charge_over()

    def _post(
        self,
        evse: Evse,
        kind: EventKind,
        trigger: str,
        *,
        readings: tuple[Reading, ...] = (),
        token: Token | None = None,
    ) -> None:
        charge = evse.charge
        assert charge
        # The next event after a remote start says so, whatever else happened (2.x F01.FR.19, F02).
        trigger = trigger if evse.remote_start_id is None else "RemoteStart"
        charge.remote_start_id = evse.remote_start_id or charge.remote_start_id
        told, charge.told_token = charge.told_token, charge.told_token or bool(evse.token)
        knows_evse, charge.told_evse = charge.told_evse, charge.told_evse or charge.had_car
        phases = evse.meter.phases if evse.config.kind == "ac" and evse.flow is Flow.CHARGING else None
        event = ChargeEvent(
            kind,
            trigger,
            self.now(),
            charge.next_seq_no,
            not self._desk.online,
            evse.flow,
            charge,
            evse.connector,
            readings,
            token or (None if told else evse.token),
            not knows_evse,
            phases if phases != charge.told_phases else None,
            evse.remote_start_id,
            evse.used_reservation_id,
            charge.stop_reason if kind is EventKind.ENDED else None,
        )
        charge.told_phases = phases or charge.told_phases
        charge.next_seq_no += 1
        evse.remote_start_id = evse.used_reservation_id = None
        self._desk.post(event)

    # -- time ----------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        now, knobs = self.now(), self._knobs()
        for evse in self.evses.values():
            if evse.reservation and evse.reservation.expires_at <= now:
                self.release(evse, "Expired")
            if self._drive(evse, now):
                self._flow_changed(evse)
            self._sample(evse, now, knobs)
            self._check_patience(evse, now, knobs)
            if crosses_alignment(self._ticked_at, now, knobs.aligned_interval_s):
                self._sample_aligned(evse, knobs)
        self._ticked_at = now

    def _drive(self, evse: Evse, now: datetime) -> bool:
        """Count the energy up to now and set the power from now on. True if the state of the flow has changed."""
        energy_wh = evse.meter.advance(now)
        if evse.car:
            evse.car.take(energy_wh)
        result = supply(evse, self.limits(evse, now))
        evse.meter.power_w, evse.meter.offered_w, evse.meter.phases = result.power_w, result.offered_w, result.phases
        changed, evse.flow = result.flow is not evse.flow, result.flow
        return changed and evse.charge is not None

    def limits(self, evse: Evse, at: datetime) -> list[Limit]:
        """Every limit that counts for this EVSE; the station's own is shared equally among those that charge."""
        charge_limit = self.profiles.charge_limit(evse.id, at, evse.charge.started_at if evse.charge else None)
        station = self.profiles.station_limit(at)
        sharing = max(1, sum(1 for e in self.evses.values() if e.charge and e.token and e.car and not e.car.full))
        share = Limit(station.value / sharing, station.unit) if station else None
        return [limit for limit in (charge_limit, share) if limit]

    def _flow_changed(self, evse: Evse) -> None:
        self._post(evse, EventKind.UPDATED, "ChargingStateChanged")
        self._desk.report_status(evse)

    def _sample(self, evse: Evse, now: datetime, knobs: Knobs) -> None:
        charge = evse.charge
        if charge is None or charge.sampled_at is None or not due(charge.sampled_at, knobs.sample_interval_s, now):
            return
        charge.sampled_at = next_base(charge.sampled_at, knobs.sample_interval_s, now)
        reading = take(evse, self._config.make, knobs.measurands_sampled, PERIODIC)
        if self._config.make.transaction_data:
            keep(charge, reading)
        if reading.samples:
            self._post(evse, EventKind.UPDATED, "MeterValuePeriodic", readings=(reading,))

    def _sample_aligned(self, evse: Evse, knobs: Knobs) -> None:
        reading = take(evse, self._config.make, knobs.measurands_aligned, ALIGNED)
        if reading.samples and evse.charge:
            self._post(evse, EventKind.UPDATED, "MeterValueClock", readings=(reading,))
        elif reading.samples:
            self._desk.report_idle_reading(evse, reading)

    def triggered_event(self, evse: Evse, reading: Reading) -> None:
        self._post(evse, EventKind.UPDATED, "Trigger", readings=(reading,))

    def _check_patience(self, evse: Evse, now: datetime, knobs: Knobs) -> None:
        """A card without a car waits only so long."""
        if evse.car or not evse.token or not evse.token_at or (evse.charge and evse.charge.had_car):
            return
        if (now - evse.token_at).total_seconds() < knobs.connection_timeout_s:
            return
        evse.token = evse.remote_start_id = evse.used_reservation_id = None
        self.profiles.forget_charge(evse.id)
        if evse.charge:
            evse.charge.stop_reason = "Timeout"
            self.end(evse, "EVConnectTimeout")
        self._desk.report_status(evse)

    # -- orders --------------------------------------------------------------------------------------------------------

    def set_operative(self, evses: list[Evse], operative: bool) -> str:
        """Accepted, or Scheduled where a transaction has to end first."""
        for evse in evses:
            evse.becoming_inoperative = not operative and evse.charge is not None
            evse.operative = evse.operative if evse.becoming_inoperative else operative
            if not operative:
                self.release(evse, "Removed")
            self._desk.report_status(evse)
        return "Scheduled" if any(evse.becoming_inoperative for evse in evses) else "Accepted"

    def reserve(self, evse: Evse, reservation: Reservation) -> None:
        """Under an id that it knows it replaces what it had."""
        for other in self.evses.values():
            if other.reservation and other.reservation.id == reservation.id:
                other.reservation = None
                self._desk.report_status(other)
        evse.reservation = reservation
        self._desk.report_status(evse)

    def release(self, evse: Evse, why: str = "") -> None:
        """A reservation is over; `why` in 2.x words when nobody has asked for it."""
        reservation, evse.reservation = evse.reservation, None
        if reservation:
            self._desk.report_status(evse)
            if why:
                self._desk.report_reservation(reservation.id, why)

    def install(self, evse_id: int, profile: Profile) -> None:
        self.profiles.install(evse_id, profile)
        for evse in self.evses.values():
            if evse_id in (WHOLE_STATION, evse.id) and self._drive(evse, self.now()):
                self._flow_changed(evse)

    def power_down(self) -> None:
        """What a reboot makes a station forget: who held a card where no transaction is running."""
        for evse in self.evses.values():
            self._drive(evse, self.now())
            evse.token = evse.reservation = None
            evse.finished = False
