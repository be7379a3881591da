"""A station, its CSMS in memory, and a clock that only moves when a test moves it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from apps.simulator.clock import ManualClock
from apps.simulator.makes import PLAIN, EvseConfig, Make, StationConfig, Version
from apps.simulator.station import Station
from tests.simulator.csms import MemoryCsms

START = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


class World:
    def __init__(self, csms: MemoryCsms, clock: ManualClock, station: Station, task: asyncio.Task[None]) -> None:
        self.csms, self.clock, self.station, self.task = csms, clock, station, task

    async def pass_time(self, seconds: float) -> None:
        await self.clock.advance(seconds)
        if self.task.done():
            self.task.result()

    async def while_waiting(self, holds: Callable[[], object], *, timeout_s: float = 10) -> None:
        """Let the station's time pass while something real, such as a file, is on its way."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                await self.pass_time(1)
                await asyncio.sleep(0.002)

    async def present(self, evse_id: int, token: str) -> str:
        presenting = asyncio.create_task(self.station.present_token(evse_id, token))
        await self.clock.settle()
        return await presenting

    async def order(self, action: str, **payload: Any) -> dict[str, Any]:
        asking = asyncio.create_task(self.csms.call(action, payload))
        await self.clock.settle()
        answer = await asking
        await self.clock.settle()
        return answer


Start = Callable[..., Awaitable[World]]


@asynccontextmanager
async def worlds() -> AsyncIterator[Start]:
    started: list[World] = []

    async def start(
        version: Version = "1.6",
        *,
        make: Make = PLAIN,
        evses: tuple[EvseConfig, ...] = (EvseConfig(), EvseConfig()),
        answers: dict[str, Any] | None = None,
        sample_interval_s: int = 60,
        seed: int = 1,
        up: bool = True,
    ) -> World:
        csms = MemoryCsms(version, dict(answers or {}))
        clock = ManualClock(START)
        csms.up, csms.now = up, clock.now
        config = StationConfig("SIM1", version, make, evses, sample_interval_s)
        station = Station(config, "ws://csms", "secret", clock, Random(seed), connect=csms.connect)
        world = World(csms, clock, station, asyncio.create_task(station.run()))
        started.append(world)
        await clock.settle()
        return world

    yield start
    for world in started:
        world.task.cancel()
        await asyncio.gather(world.task, return_exceptions=True)
        assert world.csms.wrong == []


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a station. In the end, everything it has sent must have been right by the official schemas."""
    async with worlds() as starter:
        yield starter
