"""Stations as the load generator plays them, and the score that is kept of all of them together."""

import asyncio
import base64
import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from benchmarks.readings import Readings
from benchmarks.wire import Wire, frame, opening

CONNECT_WITHIN_S = 30.0
ACCEPTED = {"status": "Accepted"}


@dataclass
class Score:
    """What happened while it counts. Latencies are seconds from when a message was due to its answer."""

    counts: bool = False
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    lost: int = 0
    commands: dict[str, float] = field(default_factory=dict)

    def acknowledge(self, due: float) -> None:
        if self.counts:
            self.latencies.append(time.monotonic() - due)


@dataclass(frozen=True)
class Facts:
    """One station of the fleet, as the generator needs to know it."""

    slug: str
    identity: str
    version: str
    transaction: str
    port: int


class Player:
    """One station. It has at most `window` unanswered messages, 1 as OCPP wants it; those due meanwhile wait."""

    def __init__(self, facts: Facts, password: str, score: Score) -> None:
        self.facts = facts
        self.score = score
        self.window = 1
        self.never_rests = False
        self.readings = Readings(facts.version, facts.transaction)
        self.memory: deque[int] = deque()
        self._unanswered: deque[tuple[bytes, float]] = deque()
        self._waiting: deque[float] = deque()
        credentials = base64.b64encode(f"{facts.identity}:{password}".encode()).decode()
        self._request = opening(
            f"/ocpp/{facts.slug}/{facts.identity}",
            authorization=f"Basic {credentials}",
            subprotocol=f"ocpp{facts.version}",
        )
        self._wire: Wire | None = None

    # --- connection -------------------------------------------------------------------------------------

    @property
    def is_connected(self) -> bool:
        return self._wire is not None and self._wire.is_open

    async def plug(self) -> bool:
        """One attempt to connect; whether the server took it."""
        loop = asyncio.get_running_loop()
        wire = Wire(self._request, hear=self._hear, lost=self._note_loss)
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await loop.create_connection(lambda: wire, "127.0.0.1", self.facts.port)
                taken = await wire.opened
        except (OSError, TimeoutError):
            wire.cut()
            return False
        self._wire = wire if taken else None
        return taken

    def cut(self) -> None:
        """Without a goodbye, and without counting it as a loss."""
        if self._wire is not None:
            self._wire.is_open = False
            self._wire.cut()

    def _note_loss(self) -> None:
        self.score.lost += 1
        self._unanswered.clear()

    # --- messages ---------------------------------------------------------------------------------------

    @property
    def open_messages(self) -> int:
        return len(self._unanswered) + len(self._waiting) + len(self.memory)

    def tell(self, due: float) -> None:
        """A reading is due."""
        if len(self._unanswered) < self.window:
            self._send(due)
        else:
            self._waiting.append(due)

    def go_on(self) -> None:
        """Send what waits, as far as the window allows."""
        while self.is_connected and len(self._unanswered) < self.window:
            if self.memory or self.never_rests:
                self._send(time.monotonic())
            elif self._waiting:
                self._send(self._waiting.popleft())
            else:
                return

    def _send(self, due: float) -> None:
        if self._wire is None or not self._wire.is_open:
            return
        taken = self.readings.taken_at(self.memory.popleft()) if self.memory else self.readings.next()
        self._unanswered.append((taken[0], due))
        self._wire.send(taken[1])

    def _hear(self, text: bytes) -> None:
        kind = text[1:2]
        if kind == b"2":
            self._obey(json.loads(text))
            return
        message_id, due = self._unanswered.popleft()
        if kind != b"3" or message_id not in text[:40]:
            self.score.errors += 1
        else:
            self.score.acknowledge(due)
        self.go_on()

    def _obey(self, call: list[Any]) -> None:
        self.score.commands[call[1]] = time.monotonic()
        answer = json.dumps([3, call[1], ACCEPTED])
        if self._wire is not None:
            self._wire.send(frame(answer.encode()))
