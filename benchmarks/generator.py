"""The load generator: a process of its own, told what to do by one line on its standard input.

`begin` and `end` on its standard output frame the time that counts: between them the servers are measured.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from benchmarks.players import Facts, Player, Score

CONNECTING_AT_ONCE = 50
ROUNDS = 3
TICK_S = 0.002
WAIT_FOR_ANSWERS_S = 120.0
# The first reading on a socket makes its charge known to the gateway; what is measured is what follows for hours.
GREETINGS = 2
# A station that was refused comes back after a while that differs from one to the next (2.0.1 RetryBackOff…).
RETRY_S = (1.0, 5.0)

Plan = dict[str, Any]


def tell(event: str, **facts: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


async def told() -> str:
    """The next line from whoever started us."""
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip()


class Generator:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.score = Score()
        self.players = [Player(Facts(**facts), plan["password"], self.score) for facts in plan["stations"]]
        random.Random(1).shuffle(self.players)

    async def connect(self) -> None:
        """All of them, some at a time."""
        turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

        async def one(player: Player) -> None:
            async with turns:
                await player.plug()

        for _ in range(ROUNDS):
            await asyncio.gather(*(one(player) for player in self.players if not player.is_connected))
        connected = sum(player.is_connected for player in self.players)
        if connected < len(self.players):
            raise SystemExit(f"Only {connected} of {len(self.players)} stations could connect.")
        tell("connected", count=connected)

    async def greet(self) -> None:
        """Each station says something, and all are answered."""
        for _ in range(GREETINGS):
            for player in self.players:
                player.tell(time.monotonic())
            await self.wait_for_answers()

    async def count(self, load: Awaitable[None]) -> None:
        """Run a load; of it the time after the warm-up counts."""
        work = asyncio.ensure_future(load)
        await asyncio.sleep(self.plan["warm_up_s"])
        await self.count_now()
        await asyncio.sleep(self.plan["seconds"])
        self.stop_counting()
        await work

    async def count_now(self) -> None:
        tell("begin")
        self.score.counts, self._began, self._cpu = True, time.monotonic(), time.process_time()

    def stop_counting(self, **facts: Any) -> None:
        self.score.counts = False
        seconds, cpu_s = time.monotonic() - self._began, time.process_time() - self._cpu
        tell("end", seconds=seconds, acknowledged=len(self.score.latencies), generator_cpu_s=cpu_s,
             latencies=quantiles(self.score.latencies), **facts)  # fmt: skip

    async def wait_for_answers(self) -> None:
        give_up = time.monotonic() + WAIT_FOR_ANSWERS_S
        while any(player.open_messages for player in self.players) and time.monotonic() < give_up:
            await asyncio.sleep(0.05)

    # --- loads ------------------------------------------------------------------------------------------

    async def paced(self, players: list[Player], *, until: Callable[[], bool]) -> None:
        """An open loop: messages are due at their time, whatever the server does."""
        began, number, rate = time.monotonic(), 0, self.plan["rate"]
        while not until():
            due = int((time.monotonic() - began) * rate)
            while number < due:
                players[number % len(players)].tell(began + number / rate)
                number += 1
            await asyncio.sleep(TICK_S)

    async def steady(self) -> None:
        give_up = time.monotonic() + self._lasts_s
        await self.paced(self.players, until=lambda: time.monotonic() > give_up)

    async def closed(self) -> None:
        """A closed loop: every station speaks again as soon as it was answered."""
        for player in self.players:
            player.never_rests = True
            player.go_on()
        await asyncio.sleep(self._lasts_s)
        for player in self.players:
            player.never_rests = False

    @property
    def _lasts_s(self) -> float:
        return float(self.plan["warm_up_s"] + self.plan["seconds"])

    async def meter(self) -> None:
        await self.connect()
        await self.greet()
        give_up = time.monotonic() + self._lasts_s
        load = (
            self.paced(self.players, until=lambda: time.monotonic() > give_up) if self.plan["rate"] else self.closed()
        )
        await self.count(load)
        await self.wait_for_answers()

    async def idle(self) -> None:
        """Connected and silent until told to stop."""
        await self.connect()
        await told()

    async def storm(self) -> None:
        """Everybody is cut off at once, and everybody comes back at once."""
        await self.connect()
        await told()
        for player in self.players:
            player.cut()
        await self.count_now()
        began = time.monotonic()
        back = sorted(await asyncio.gather(*(self._return(player, began) for player in self.players)))
        attempts = sum(tries for _, tries in back)
        self.stop_counting(back_s=quantiles([seconds for seconds, _ in back]), attempts=attempts)

    async def _return(self, player: Player, began: float) -> tuple[float, int]:
        await asyncio.sleep(random.uniform(0, self.plan["spread_s"]))
        tries = 1
        while not await player.plug():
            tries += 1
            await asyncio.sleep(random.uniform(*RETRY_S))
        return time.monotonic() - began, tries

    async def flush(self) -> None:
        """One station empties its memory as fast as the socket takes it, beside others that go on as ever."""
        await self.connect()
        await self.greet()
        one, others = self.players[0], self.players[1:]
        one.score = Score(counts=True)
        work = asyncio.ensure_future(self.paced(others, until=lambda: self._flushed_at > 0))
        await asyncio.sleep(self.plan["warm_up_s"])
        await self.count_now()
        queued, began = self.plan["queued"], time.monotonic()
        oldest = int(time.time() * 1000) - queued * 1000
        one.memory.extend(range(oldest, oldest + queued * 1000, 1000))
        one.window = self.plan["window"]
        one.go_on()
        while one.open_messages and one.is_connected:
            await asyncio.sleep(0.01)
        self._flushed_at = time.monotonic()
        self.stop_counting(flush_s=self._flushed_at - began, flushed=len(one.score.latencies),
                           flush_errors=one.score.errors)  # fmt: skip
        await work
        await self.wait_for_answers()

    _flushed_at = 0.0

    async def obey(self) -> None:
        """Answers commands until told to stop."""
        await self.connect()
        await told()
        tell("commands", heard=self.score.commands)


def quantiles(values: list[float]) -> dict[str, float]:
    """Nearest rank, in seconds."""
    if not values:
        return {}
    ordered = sorted(values)
    return {name: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))}  # fmt: skip


async def main() -> None:
    plan = json.loads(await told())
    generator = Generator(plan)
    await getattr(generator, plan["load"])()
    tell("done", errors=generator.score.errors, lost=generator.score.lost)


if __name__ == "__main__":
    uvloop.run(main())
