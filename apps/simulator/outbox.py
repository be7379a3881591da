"""Transaction messages on their way: kept in order through outages and reboots, retried as the specification says."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from apps.simulator.clock import Clock
from apps.simulator.evse import ChargeEvent
from apps.simulator.formatting import Json
from apps.simulator.knobs import Knobs
from apps.simulator.link import CallFailed


@dataclass
class Letter:
    action: str
    payload: Json
    event: ChargeEvent
    failures: int = 0
    message_id: str | None = None


Send = Callable[[Letter], Awaitable[Json]]


@dataclass
class Outbox:
    clock: Clock
    knobs: Callable[[], Knobs]
    log: Callable[..., None]
    letters: deque[Letter] = field(default_factory=deque)
    _filled: asyncio.Event = field(default_factory=asyncio.Event)
    _emptied: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, letter: Letter) -> None:
        self.letters.append(letter)
        self._emptied.clear()
        self._filled.set()

    def __len__(self) -> int:
        return len(self.letters)

    async def emptied(self) -> None:
        if self.letters:
            await self._emptied.wait()

    def holds(self, charge_id: str | None) -> bool:
        """Whether anything (of this charge) is still to be delivered."""
        return any(charge_id in (None, letter.event.charge.id) for letter in self.letters)

    async def pump(self, send: Send, delivered: Callable[[Letter, Json], None]) -> None:
        """Deliver while the connection holds. A letter cut off by its loss stays first, and that is no failure."""
        while True:
            while self.letters:
                answer = await self._deliver(self.letters[0], send)
                letter = self.letters.popleft()
                if answer is not None:
                    delivered(letter, answer)
            self._filled.clear()
            self._emptied.set()
            await self._filled.wait()

    async def _deliver(self, letter: Letter, send: Send) -> Json | None:
        """None when the CSMS failed so often that the letter has to go (1.6 §3.7.1, 2.x E13)."""
        while True:
            try:
                return await send(letter)
            except CallFailed as failed:
                letter.failures += 1
                self.log("delivery_failed", action=letter.action, failures=letter.failures, problem=str(failed))
            if letter.failures >= self.knobs().attempts:
                self.log("discarded", action=letter.action, failures=letter.failures)
                return None
            await self.clock.sleep(self.knobs().retry_interval_s * letter.failures)
