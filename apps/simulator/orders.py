"""What both dialects do when the CSMS asks for something."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from apps.simulator.chores import Workshop, telling
from apps.simulator.dialect import Message
from apps.simulator.evse import Evse
from apps.simulator.formatting import Json
from apps.simulator.limits import WHOLE_STATION, Step, composite
from apps.simulator.link import Answer, FollowUp, Refused, Silent
from apps.simulator.meter import Reading
from apps.simulator.outbox import Outbox
from apps.simulator.power import hardware_limit, limit_in
from apps.simulator.profiles import MAX, TX, Profile
from apps.simulator.reservations import Reservation
from apps.simulator.sampling import TRIGGERED, take
from apps.simulator.tokens import ACCEPTED, Token

Order = Callable[[Json], Answer]
PRICES_VENDOR = "org.openchargealliance.costmsg"
PRICE_MESSAGES = ("SetUserPrice", "RunningCost", "FinalCost")


class Premises(Workshop, Protocol):
    """The station as its orders see it."""

    registration: str
    outbox: Outbox

    def statuses(self, evse: Evse | None) -> list[Message]: ...

    def boot_now(self) -> None: ...

    def reset(self, *, when_idle: bool, trigger: str, reason: str, evse: Evse | None = None) -> None: ...


class Orders:
    """Subclasses fill `table`: action to handler."""

    def __init__(self, station: Premises) -> None:
        self.station = station
        self.control = station.control
        self.table: dict[str, Order] = {}

    def __call__(self, action: str, payload: Json) -> Answer:
        if self.station.registration == "Rejected":
            raise self.refusal()
        order = self.table.get(action)
        if order is None:
            raise Refused("NotImplemented", f"{action} is not implemented here")
        answer = order(payload)
        self.station.log("order", action=action, status=answer.payload.get("status"))
        return answer

    def refusal(self) -> Exception:
        """What an order gets while registration is rejected: in 1.6 nothing at all (§4.2)."""
        return Silent()

    @property
    def accepted(self) -> bool:
        return self.station.registration == ACCEPTED

    def telling(self, *messages: Message) -> FollowUp:
        return telling(self.station, *messages)

    def evse(self, number: int) -> Evse | None:
        return self.control.evses.get(number)

    # -- remote start and stop -----------------------------------------------------------------------------------------

    def remote_start(
        self, evse: Evse | None, token: Token, *, remote_id: int | None, profile: Profile | None
    ) -> FollowUp | None:
        """None when it cannot be done."""
        if evse is None or not self.accepted or not _can_take(evse) or (profile and profile.purpose != TX):
            return None
        if not self.control.may_use(evse, token):
            return None

        async def follow_up() -> None:
            if self.station.knobs().authorize_remote:
                info = await self.control.check(token)
                if info.status != ACCEPTED:
                    return
            if not _can_take(evse) or not self.control.may_use(evse, token):
                return
            if profile:
                self.control.install(evse.id, profile)
            self.control.authorize(evse, token, "RemoteStart", remote_start_id=remote_id)

        return follow_up

    def choose(self, number: int | None) -> Evse | None:
        """The EVSE asked for, else one with a car waiting, else a free one."""
        if number:
            return self.evse(number)
        takers = [evse for evse in self.control.evses.values() if _can_take(evse) and not evse.reservation]
        takers.sort(key=lambda evse: evse.car is None)
        return takers[0] if takers else None

    def remote_stop(self, evse: Evse | None) -> Answer:
        if evse is None or not self.accepted:
            return Answer({"status": "Rejected"})

        async def follow_up() -> None:
            if evse.charge:
                self.control.deauthorize(evse, "RemoteStop", "Remote")

        return Answer({"status": "Accepted"}, follow_up)

    # -- reservations --------------------------------------------------------------------------------------------------

    def reserve(self, number: int | None, reservation: Reservation) -> Answer:
        """Of one EVSE; any of the station is more than it can keep."""
        evse = self.evse(number) if number else None
        status = "Rejected" if evse is None or not self.accepted else _reservable(evse, reservation)
        if evse is None or status != ACCEPTED:
            return Answer({"status": status})
        return Answer({"status": ACCEPTED}, self.later(lambda: self.control.reserve(evse, reservation)))

    def cancel_reservation(self, p: Json) -> Answer:
        held = [e for e in self.control.evses.values() if e.reservation and e.reservation.id == p["reservationId"]]
        if not held:
            return Answer({"status": "Rejected"})
        return Answer({"status": ACCEPTED}, self.later(lambda: self.control.release(held[0])))

    # -- smart charging ------------------------------------------------------------------------------------------------

    def set_profile(self, number: int, profile: Profile, *, transaction_matches: bool) -> Answer:
        evse = self.evse(number)
        fits_place = (profile.purpose == MAX) <= (number == WHOLE_STATION) and (number == WHOLE_STATION or evse)
        fits_charge = profile.purpose != TX or (evse is not None and evse.charge is not None and transaction_matches)
        if not fits_place or not fits_charge:
            return Answer({"status": "Rejected"})
        return Answer({"status": "Accepted"}, self.later(lambda: self.control.install(number, profile)))

    def schedule(self, number: int, duration_s: int, unit: str) -> list[Step] | None:
        """The composite schedule from now on, of an EVSE or of all (0); None for an EVSE that is not there."""
        evse, now = self.evse(number), self.control.now()
        if evse is None and number != WHOLE_STATION:
            return None
        started_at = evse.charge.started_at if evse and evse.charge else None

        def limit_at(at: datetime) -> float:
            return round(self._evse_limit(evse, unit, at) if evse else self._station_limit(unit, at), 1)

        return composite(self.control.profiles, number, now, duration_s, started_at=started_at, limit_at=limit_at)

    def _evse_limit(self, evse: Evse, unit: str, at: datetime) -> float:
        return min(
            [hardware_limit(evse, unit), *(limit_in(evse, limit, unit) for limit in self.control.limits(evse, at))]
        )

    def _station_limit(self, unit: str, at: datetime) -> float:
        """What all EVSEs may have together."""
        evses, limit = list(self.control.evses.values()), self.control.profiles.station_limit(at)
        hardware = sum(hardware_limit(evse, unit) for evse in evses)
        return min(hardware, limit_in(evses[0], limit, unit)) if limit else hardware

    # -- the rest ------------------------------------------------------------------------------------------------------

    def readings(self, evses: list[Evse]) -> list[tuple[Evse, Reading]]:
        measurands = self.station.knobs().measurands_sampled
        return [(evse, take(evse, self.station.config.make, measurands, TRIGGERED)) for evse in evses]

    def later(self, action: Callable[[], object]) -> FollowUp:
        async def follow_up() -> None:
            action()

        return follow_up


def _can_take(evse: Evse) -> bool:
    """Whether somebody may be authorised here now (2.x F01.FR.23, F01.FR.24)."""
    return evse.fault is None and evse.operative and not evse.becoming_inoperative and evse.token is None


def _reservable(evse: Evse, reservation: Reservation) -> str:
    """A ReservationStatus of 1.6; 2.x has the same words."""
    if evse.fault:
        return "Faulted"
    if not evse.operative or evse.becoming_inoperative:
        return "Unavailable"
    if evse.reservation:
        return ACCEPTED if evse.reservation.id == reservation.id else "Occupied"
    return ACCEPTED if evse.free else "Occupied"


def data_transfer(station: Workshop, p: Json) -> Answer:
    """Only the prices for drivers are understood here (1.6 §4.3, 2.x P01.FR.05, 06)."""
    if p["vendorId"] != PRICES_VENDOR:
        return Answer({"status": "UnknownVendorId"})
    if p.get("messageId") not in PRICE_MESSAGES:
        return Answer({"status": "UnknownMessageId"})
    station.log("display", message=p["messageId"], data=p.get("data"))
    return Answer({"status": ACCEPTED})
