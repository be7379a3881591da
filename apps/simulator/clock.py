"""Time as a station sees it. Nothing else in this package asks the machine for the time or sleeps."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Protocol
from uuid import UUID

REAL_TICKS_PER_SECOND = 10


class Clock(Protocol):
    @property
    def tick_s(self) -> float:
        """How often, in seconds of this clock, the physics should be worked out."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class WallClock:
    tick_s = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class ScaledClock:
    """Runs `speed` times as fast as the world. Registers, powers and time stamps stay consistent among themselves,
    but a station that runs fast for long gets ahead of its CSMS: begin in the past to end in the present."""

    def __init__(self, speed: float, start: datetime | None = None) -> None:
        self._speed = speed
        self._start = start or datetime.now(UTC)
        self._zero = time.monotonic()

    @property
    def tick_s(self) -> float:
        return max(1.0, self._speed / REAL_TICKS_PER_SECOND)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._zero) * self._speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._speed)


class ManualClock:
    """Stands still until a test advances it, and then wakes sleepers in the order of their times."""

    tick_s = 1.0

    def __init__(self, start: datetime, *, settle_rounds: int = 50) -> None:
        self._now = start
        self._rounds = settle_rounds
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._now + timedelta(seconds=max(0.0, seconds))
        heapq.heappush(self._sleepers, (due, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        until = self._now + timedelta(seconds=seconds)
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, woken = heapq.heappop(self._sleepers)
            self._now = due
            if not woken.done():
                woken.set_result(None)
            await self.settle()
        self._now = until

    async def settle(self) -> None:
        """Let everything that can run without time passing run. In-memory transports only: a socket needs real time."""
        for _ in range(self._rounds):
            await asyncio.sleep(0)


def unique_id(rng: Random, at: datetime) -> str:
    """Half chance, half time: the same seed begun anew makes other ids, as it must (2.x E01.FR.08)."""
    microseconds = int(at.timestamp() * 1_000_000)
    return str(UUID(int=rng.getrandbits(64) << 64 | microseconds, version=4))


async def first_of(clock: Clock, seconds: float, event: asyncio.Event) -> None:
    """Return when the time is over or the event is set, whichever comes first."""
    waits = [asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(event.wait())]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def wall_or_scaled(speed: float, *, ending_after_s: float | None = None) -> Callable[[], Clock]:
    """Makes clocks: the wall clock at speed 1, else ones that reach the present after `ending_after_s` real seconds."""
    if speed == 1:
        return WallClock
    ahead = timedelta(seconds=(ending_after_s or 0) * (speed - 1))
    return lambda: ScaledClock(speed, datetime.now(UTC) - ahead)
