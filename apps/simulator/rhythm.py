"""The people: they come with cars and cards, charge for a while, dawdle, and leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from apps.simulator.car import any_car
from apps.simulator.evse import Evse
from apps.simulator.station import Station

Span = tuple[float, float]
FAULT_CODES = ("GroundFailure", "OverCurrentFailure", "HighTemperature", "PowerMeterFailure")


@dataclass(frozen=True)
class Rhythm:
    """Spans in seconds of the station's clock. Without `local` people come only where a remote start awaits a car."""

    first_pause_s: Span = (5, 120)
    first_charge_s: Span | None = None
    pause_s: Span = (60, 600)
    dither_s: Span = (3, 10)
    charge_s: Span = (600, 3600)
    idle_s: Span = (20, 300)
    fault_after_s: Span | None = None
    fault_every_s: Span = (900, 1500)
    fault_lasts_s: Span = (60, 150)
    local: bool = True


class Drivers:
    """Everybody who ever comes to one EVSE."""

    def __init__(self, station: Station, evse_id: int, rhythm: Rhythm, tokens: Sequence[str], rng: Random) -> None:
        self._station, self._evse_id, self._rhythm, self._tokens = station, evse_id, rhythm, tokens
        self._rng = rng

    @property
    def _evse(self) -> Evse:
        return self._station.control.evses[self._evse_id]

    async def come_and_go(self) -> None:
        pause, charge = self._rhythm.first_pause_s, self._rhythm.first_charge_s
        while True:
            await self._until_somebody_comes(self._some(pause))
            if self._evse.car is None and (self._evse.free or self._evse.token):
                await self._visit(self._some(charge or self._rhythm.charge_s))
            pause, charge = self._rhythm.pause_s, None

    async def _until_somebody_comes(self, pause_s: float) -> None:
        """A remote start calls for a car at once; else the pause has to be over."""
        waited_s = 0.0
        while not self._evse.token and not (self._rhythm.local and waited_s >= pause_s):
            await self._tick()
            waited_s += self._station.clock.tick_s

    async def _visit(self, charge_s: float) -> None:
        station, car = self._station, any_car(self._rng)
        dither_s, token, idle_s = self._some(self._rhythm.dither_s), self._a_token(), self._some(self._rhythm.idle_s)
        station.plug_in(self._evse_id, car)
        await station.clock.sleep(dither_s)
        if not self._evse.token and token and self._evse.operative and not self._evse.fault:
            await station.present_token(self._evse_id, token)
        await self._while_charging(charge_s)
        if self._evse.token and car.full:
            await station.clock.sleep(idle_s)
        if self._evse.token:
            await station.present_token(self._evse_id, self._evse.token.value)
        await station.clock.sleep(idle_s)
        station.unplug(self._evse_id)

    async def _while_charging(self, charge_s: float) -> None:
        """Until the time is over, the car is full, or somebody else has stopped it."""
        waited_s = 0.0
        while waited_s < charge_s and self._evse.token and not (self._evse.car and self._evse.car.full):
            await self._tick()
            waited_s += self._station.clock.tick_s

    async def _tick(self) -> None:
        await self._station.clock.sleep(self._station.clock.tick_s)

    def _a_token(self) -> str | None:
        return self._rng.choice(self._tokens) if self._tokens else None

    def _some(self, span: Span) -> float:
        return self._rng.uniform(*span)


async def break_now_and_then(station: Station, rhythm: Rhythm, rng: Random) -> None:
    """Faults at an EVSE nobody uses, repaired after a while."""
    if rhythm.fault_after_s is None:
        return
    wait_s = rhythm.fault_after_s
    while True:
        await station.clock.sleep(rng.uniform(*wait_s))
        free = [evse.id for evse in station.control.evses.values() if evse.free]
        if free:
            evse_id = rng.choice(free)
            station.fault(evse_id, rng.choice(FAULT_CODES))
            await station.clock.sleep(rng.uniform(*rhythm.fault_lasts_s))
            station.clear_fault(evse_id)
        wait_s = rhythm.fault_every_s
