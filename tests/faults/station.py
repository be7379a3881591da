"""A station that keeps its transaction messages as 1.6 §3.7.1 and the offline rules of 2.x (E04, E13) say.

In order, one at a time, through every outage; again after an error or silence, waiting longer each time; given up only
when the CSMS itself has failed to process one so many times. All waiting is scaled down.
"""

import asyncio
import base64
import itertools
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

from tests.faults.journal import Journal
from tests.faults.letters import BOOTS, Letter
from tests.faults.names import PASSWORD, TENANT

ANSWER_WITHIN_S = 10.0
ATTEMPTS = 5
RETRY_INTERVAL_S = 0.5
BACK_OFF_S = (0.1, 2.0)
PING_S = (2.0, 4.0)
OPEN_WITHIN_S = 4.0
CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4


class Failed(Exception):
    """The CSMS reported that it failed to process a message, or said nothing in time."""


class Station:
    """`ports` answers where to call next: gateways take turns, as behind a load balancer."""

    def __init__(self, identity: str, version: str, *, ports: Callable[[], int], journal: Journal, rng: Random) -> None:
        self.identity = identity
        self.version = version
        self.letters: deque[Letter] = deque()
        self.errors: list[str] = []
        self.discarded: list[str] = []
        self.connects = 0
        self._ports, self._journal, self._rng = ports, journal, rng
        self._ids = itertools.count(1)
        self._has_booted = False
        self._filled = asyncio.Event()
        self.is_online = False

    def post(self, letter: Letter) -> None:
        letter.is_offline = not self.is_online
        self.letters.append(letter)
        self._filled.set()

    async def run(self) -> None:
        """Until cancelled."""
        back_off_s, longest_s = BACK_OFF_S
        while True:
            with suppress(OSError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage, EOFError):
                async with await self._dial() as socket:
                    back_off_s = BACK_OFF_S[0]
                    self.connects += 1
                    await self._talk(socket)
            self.is_online = False
            await asyncio.sleep(back_off_s * self._rng.uniform(0.5, 1.5))
            back_off_s = min(2 * back_off_s, longest_s)

    async def _dial(self) -> ClientConnection:
        secret = base64.b64encode(f"{self.identity}:{PASSWORD}".encode()).decode()
        return await connect(
            f"ws://127.0.0.1:{self._ports()}/ocpp/{TENANT}/{self.identity}",
            subprotocols=[Subprotocol(f"ocpp{self.version}")], additional_headers={"Authorization": f"Basic {secret}"},
            open_timeout=OPEN_WITHIN_S, ping_interval=PING_S[0], ping_timeout=PING_S[1], close_timeout=1, proxy=None,
            compression=None,
        )  # fmt: skip

    async def _talk(self, socket: ClientConnection) -> None:
        if not self._has_booted:
            with suppress(Failed):
                await self._call(socket, "BootNotification", BOOTS[self.version])
                self._has_booted = True
        self.is_online = True
        while True:
            while self.letters:
                await self._deliver(socket, self.letters[0])
                self.letters.popleft()
            self._filled.clear()
            await self._until_filled(socket)

    async def _until_filled(self, socket: ClientConnection) -> None:
        """Idle, but with an ear on the socket."""
        filled = asyncio.ensure_future(self._filled.wait())
        closed = asyncio.ensure_future(socket.wait_closed())
        try:
            await asyncio.wait((filled, closed), return_when=asyncio.FIRST_COMPLETED)
        finally:
            filled.cancel()
            closed.cancel()

    async def _deliver(self, socket: ClientConnection, letter: Letter) -> None:
        """Returns when the letter is off our hands. A connection that breaks meanwhile is no failure of it."""
        while True:
            try:
                message_id, answer = await self._call(socket, letter.action, letter.sealed())
            except Failed as failed:
                self.errors.append(f"{letter.name}: {failed}")
                letter.failures += 1
            else:
                self._journal.note(self.identity, letter.name, message_id, answer)
                letter.take(answer)
                return
            if letter.failures >= ATTEMPTS:
                self.discarded.append(letter.name)
                return
            await asyncio.sleep(RETRY_INTERVAL_S * letter.failures)

    async def _call(self, socket: ClientConnection, action: str, payload: Any) -> tuple[str, Any]:
        message_id = f"{self.identity}-{next(self._ids)}"
        await socket.send(json.dumps([CALL, message_id, action, payload]))
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return message_id, await self._answer_to(socket, message_id)
        except TimeoutError:
            raise Failed("no answer") from None

    async def _answer_to(self, socket: ClientConnection, message_id: str) -> Any:
        while True:
            frame = _decoded(await socket.recv())
            if len(frame) < 3 or frame[1] != message_id:
                continue
            if frame[0] == CALL_ERROR:
                raise Failed(f"CALLERROR {frame[2:4]}")
            if frame[0] == CALL_RESULT and isinstance(frame[2], dict):
                return frame[2]


def _decoded(text: str | bytes) -> list[Any]:
    """What cannot be read was no answer."""
    with suppress(ValueError):
        frame = json.loads(text)
        if isinstance(frame, list):
            return frame
    return []
