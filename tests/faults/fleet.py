"""Many stations in one thread, charging cars all the while."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.faults.journal import Journal
from tests.faults.letters import Charge, ended, started, updated
from tests.faults.names import VERSIONS
from tests.faults.station import Station
from tests.faults.wire import Wire

LONGEST_QUEUE = 100
PACE_S = (0.3, 1.2)
READINGS = (2, 5)
STEP_WH = (10, 400)
CLEAN_PER_VERSION, NOISY = 6, 3
CORRUPTION = 0.02


def clean_names() -> list[str]:
    return [f"CLEAN-{version}-{number}" for version in VERSIONS for number in range(CLEAN_PER_VERSION)]


def noisy_names() -> list[str]:
    return [f"NOISY-{VERSIONS[number % 3]}-{number}" for number in range(NOISY)]


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="fleet")
        self._thread.start()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def call(self, function: Callable[[], Any]) -> Any:
        """Run a plain function there, and wait for what it returns."""

        async def run() -> Any:
            return function()

        return self.spawn(run()).result(30)

    def end(self) -> None:
        self.spawn(_cancel_all()).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


class Fleet:
    """Eighteen stations on clean wires that are cut, three on wires that flip bytes."""

    def __init__(
        self, loop: Loop, gateway_ports: Sequence[int], *, journal: Journal, seed: int, noisy: int = NOISY
    ) -> None:
        self._loop, self._rng = loop, Random(seed)
        self.wires = [Wire(port, self._split()) for port in gateway_ports]
        self.noisy_wires = [Wire(port, self._split(), corruption=CORRUPTION) for port in gateway_ports]
        self.charges: dict[str, list[Charge]] = {}
        self.clean = [self._station(name, self.wires, journal) for name in clean_names()]
        self.noisy = [self._station(name, self.noisy_wires, journal) for name in noisy_names()[:noisy]]
        self._is_over = False
        self._drivers: list[Future[Any]] = []

    def _split(self) -> Random:
        return Random(self._rng.getrandbits(64))

    def _station(self, name: str, wires: Sequence[Wire], journal: Journal) -> Station:
        turns = itertools.cycle(wires)
        next(turns) if self._rng.random() < 0.5 else None
        self.charges[name] = []
        return Station(name, name.split("-")[1], ports=lambda: next(turns).port, journal=journal, rng=self._split())

    def start(self) -> None:
        for wire in (*self.wires, *self.noisy_wires):
            self._loop.spawn(wire.serve()).result(10)
        for station in (*self.clean, *self.noisy):
            self._loop.spawn(station.run())
            self._drivers.append(self._loop.spawn(self._charge_cars(station, self._split())))

    async def _charge_cars(self, station: Station, rng: Random) -> None:
        register_wh = rng.randrange(10_000, 90_000)
        for number in itertools.count(1):
            if self._is_over:
                return
            charge = Charge(f"{station.identity}-{number}", station.version, _now(), register_wh)
            self.charges[station.identity].append(charge)
            station.post(started(charge))
            for _ in range(rng.randint(*READINGS)):
                await self._pause(station, rng)
                register_wh += rng.randint(*STEP_WH)
                station.post(updated(charge, _now(), register_wh))
            await self._pause(station, rng)
            register_wh += rng.randint(*STEP_WH)
            station.post(ended(charge, _now(), register_wh))
            await self._pause(station, rng)

    async def _pause(self, station: Station, rng: Random) -> None:
        await asyncio.sleep(rng.uniform(*PACE_S))
        while len(station.letters) > LONGEST_QUEUE:
            await asyncio.sleep(0.1)

    def finish(self) -> None:
        """No new cars; the charges under way come to their end."""
        self._is_over = True
        for driver in self._drivers:
            driver.result(120)

    @property
    def waiting(self) -> int:
        return sum(len(station.letters) for station in self.clean)

    def on_loop(self, function: Callable[[], Any]) -> Any:
        return self._loop.call(function)


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _now() -> datetime:
    return datetime.now(UTC)
