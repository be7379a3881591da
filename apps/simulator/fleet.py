"""Many stations at once, and the fleet of the demo."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from apps.simulator.clock import Clock, WallClock
from apps.simulator.log import Write, print_line
from apps.simulator.makes import EvseConfig, Kind, StationConfig, Version, make_for
from apps.simulator.rhythm import Drivers, Rhythm, break_now_and_then
from apps.simulator.station import Station
from apps.simulator.transport import Connect, connect_websocket

STATIONS_STARTED_PER_SECOND = 50
DEMO_SAMPLE_INTERVAL_S = 10

# Somebody is nearly always at a busy EVSE and hardly ever at a quiet one; a waiting one is kept for remote starts.
BUSY = Rhythm(first_pause_s=(8, 25), pause_s=(20, 60), charge_s=(420, 1200), idle_s=(15, 60))
USUAL = Rhythm(first_pause_s=(20, 240), pause_s=(90, 420), charge_s=(300, 1500), idle_s=(20, 180))
QUIET = Rhythm(first_pause_s=(200, 900), pause_s=(600, 1500), charge_s=(120, 300), idle_s=(10, 40))
WAITING = Rhythm(local=False, charge_s=(120, 300), idle_s=(10, 40))
# The charge that a newcomer sees end: done and unplugged some two minutes after the start.
EARLY = replace(BUSY, first_pause_s=(3, 6), first_charge_s=(65, 85), dither_s=(2, 4), idle_s=(8, 15))
BREAKING = replace(QUIET, fault_after_s=(70, 120))


@dataclass(frozen=True)
class FleetStation:
    identity: str
    password: str | None
    version: Version
    make: str
    evses: int
    kind: Kind
    tokens: list[str]


@dataclass(frozen=True)
class Plan:
    """One station with the life around it; `rhythms` has one per EVSE."""

    station: FleetStation
    rhythms: tuple[Rhythm, ...]
    start_after_s: float = 0
    sample_interval_s: int = 60


@dataclass(frozen=True)
class Surroundings:
    """What all stations of a run share."""

    url: str
    seed: str
    clock: Callable[[], Clock] = WallClock
    connect: Connect = connect_websocket
    write: Write = print_line


def build(plan: Plan, around: Surroundings) -> tuple[Station, Random]:
    """The station, and the chance that governs the people around it."""
    rng = Random(f"{around.seed}/{plan.station.identity}")
    wanted = plan.station
    config = StationConfig(
        wanted.identity,
        wanted.version,
        make_for(wanted.make, wanted.version, rng),
        (EvseConfig(kind=wanted.kind),) * wanted.evses,
        plan.sample_interval_s,
    )
    people = Random(rng.getrandbits(64))
    station = Station(
        config, around.url, wanted.password, around.clock(), rng, connect=around.connect, write=around.write
    )
    return station, people


async def live(plan: Plan, around: Surroundings, stop: asyncio.Event) -> None:
    """One station and its people, until `stop` is set; then the power goes off, as it does on a real street."""
    station, people = build(plan, around)
    if await _stopped_within(plan.start_after_s, stop):
        return
    running = asyncio.create_task(_run_with_people(station, people, plan))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        stopping.cancel()
        running.result()
    await station.lose_power()
    running.cancel()
    await asyncio.wait((running,))


async def _stopped_within(seconds: float, stop: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await stop.wait()
    except TimeoutError:
        return False


async def _run_with_people(station: Station, people: Random, plan: Plan) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(station.run())
        for evse_id, rhythm in enumerate(plan.rhythms, start=1):
            drivers = Drivers(station, evse_id, rhythm, plan.station.tokens, Random(people.getrandbits(64)))
            tasks.create_task(drivers.come_and_go())
        for rhythm in plan.rhythms:
            tasks.create_task(break_now_and_then(station, rhythm, Random(people.getrandbits(64))))


async def live_together(plans: Sequence[Plan], around: Surroundings, stop: asyncio.Event) -> None:
    """All of them, until `stop` is set."""
    async with asyncio.TaskGroup() as tasks:
        for plan in plans:
            tasks.create_task(live(plan, around, stop))


async def until_told_to_stop(plans: Sequence[Plan], around: Surroundings, duration_s: float | None) -> None:
    """Until SIGTERM, SIGINT, or the end of the time given."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if duration_s is not None:
        loop.call_later(duration_s, stop.set)
    await live_together(plans, around, stop)


def run(plans: Sequence[Plan], around: Surroundings, duration_s: float | None = None) -> None:
    asyncio.run(until_told_to_stop(plans, around, duration_s))


def staggered(index: int) -> float:
    return index / STATIONS_STARTED_PER_SECOND


def demo_plans(stations: Sequence[FleetStation]) -> list[Plan]:
    """Two charges end early; some EVSEs are busy, some quiet, one awaits the operator, one station breaks at times."""
    early = _early(stations)
    waiting = next((station.identity for station in stations if station.evses > 1), None)
    plans = []
    for index, station in enumerate(stations):
        first = EARLY if station.identity in early else BUSY if index % 2 == 0 else USUAL
        last = BREAKING if index == len(stations) - 1 else WAITING if station.identity == waiting else QUIET
        rhythms = (first, *(USUAL,) * (station.evses - 2), last)[: station.evses]
        plans.append(Plan(station, rhythms, staggered(index), DEMO_SAMPLE_INTERVAL_S))
    return plans


def _early(stations: Sequence[FleetStation]) -> set[str]:
    """Card-to-card stations first: where a transaction lasts until the plug is out, its end comes later."""
    ordered = sorted(stations, key=lambda s: (s.kind != "dc", s.version != "1.6"))
    return {station.identity for station in ordered[:2]}


def run_demo(url: str, stations: list[FleetStation], *, seed: str = "demo") -> None:
    """Run the demo fleet until SIGTERM or SIGINT."""
    run(demo_plans(stations), Surroundings(url, seed))
