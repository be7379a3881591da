"""What a station has said and what of it is being stored, in the order of arrival (Q55)."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from apps.dialects.messages import Frame

# Messages of a station that may wait or be on their way to the disk; beyond them reading stops, and TCP tells the
# station to wait (Q55, Q69).
WINDOW = 16


class Letter(NamedTuple):
    """One message: as it came, what it is, and when; and whether it was in flight and came back."""

    raw: bytes
    frame: Frame
    received_at: datetime
    is_refused: bool = False


class Inbox:
    """Letters wait here for their turn. What is in flight to the disk may come back refused: it is next then."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._waiting: deque[Letter] = deque()
        self._refused: deque[Letter] = deque()
        self._is_open = False
        self._is_shut = False
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    @property
    def waiting(self) -> int:
        return len(self._waiting) + len(self._refused)

    @property
    def is_clear(self) -> bool:
        """Whether a message may go past here: nothing waits or is being worked off, and not too much is in flight."""
        return not self._is_open and not self._waiting and not self._refused and self.in_flight < WINDOW

    @property
    def is_settled(self) -> bool:
        return self.is_clear and not self.in_flight

    async def put(self, letter: Letter) -> None:
        """Returns late when too many wait: that is the back-pressure."""
        await self.until(lambda: self._is_shut or len(self._waiting) < WINDOW)
        if not self._is_shut:
            self._waiting.append(letter)
            self.changed()

    async def open(self) -> Letter:
        """The next letter, once there is one and room for it in flight. It is being worked off until `close`."""
        await self.until(lambda: bool(self._refused or self._waiting) and self.in_flight < WINDOW)
        self._is_open = True
        return self._refused.popleft() if self._refused else self._waiting.popleft()

    async def landed(self, letter: Letter) -> bool:
        """Wait for all that is in flight before the letter. False: some came back, so it waits behind them again."""
        if letter.is_refused:  # what is in flight came later
            return True
        await self.until(lambda: not self.in_flight)
        if self._refused:
            self._waiting.appendleft(letter)
            return False
        return True

    def close(self) -> None:
        self._is_open = False
        self.changed()

    def shut(self) -> None:
        """Nobody works here any more. What still comes is dropped, or its bringer would wait for ever."""
        self._is_shut = True
        self.changed()

    def send_off(self) -> None:
        self.in_flight += 1

    def came_back(self, letter: Letter | None = None) -> None:
        """One is no longer in flight; refused, it has to be worked off after all, before those that came later."""
        self.in_flight -= 1
        if letter is not None:
            self._refused.append(letter)
        self.changed()

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((holds, waiter))
            await waiter

    def changed(self) -> None:
        """Wake whoever has waited for this. A task woken for nothing costs more than the question."""
        woken = [pair for pair in self._waiters if pair[1].done() or pair[0]()]
        for pair in woken:
            self._waiters.remove(pair)
            if not pair[1].done():
                pair[1].set_result(None)
