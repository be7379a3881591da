"""A small CSMS for the stations to talk to: over real sockets, or over queues in memory where time stands still."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ocpp.messages import Call, CallResult, _validate_payload
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from apps.simulator.transport import LinkDown

Json = dict[str, Any]
NOW = "2026-03-01T10:00:00Z"


@dataclass(frozen=True)
class Received:
    action: str
    payload: Json
    message_id: str
    at: datetime


class Broken:
    """What a CSMS that fails answers with."""

    def __init__(self, code: str) -> None:
        self.code = code


@dataclass
class Csms:
    """Answers everything with acceptance unless `answers` holds something else for an action: a payload, a function of
    the request, Broken, or None for silence. Checks every message against the official schema."""

    version: str
    answers: dict[str, Any] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    connections: int = 0
    transactions: int = 0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _send: Callable[[str], Any] | None = None
    _waiting: dict[str, asyncio.Future[list[Any]]] = field(default_factory=dict)
    _calls: int = 0

    async def handle(self, text: str) -> str | None:
        frame = json.loads(text)
        if frame[0] != 2:
            self._waiting.pop(frame[1]).set_result(frame)
            return None
        _, message_id, action, payload = frame
        self._check(Call(message_id, action, payload))
        self.received.append(Received(action, payload, message_id, self.now()))
        answer = self.answers[action] if action in self.answers else self._accept(action, payload)
        answer = answer(payload) if callable(answer) else answer
        if isinstance(answer, Broken):
            return json.dumps([4, message_id, answer.code, "", {}])
        return None if answer is None else json.dumps([3, message_id, answer])

    def _accept(self, action: str, payload: Json) -> Json:
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": NOW, "interval": 300}
        if action == "StartTransaction":
            self.transactions += 1
            return {"transactionId": self.transactions, "idTagInfo": {"status": "Accepted"}}
        if action == "Authorize":
            return {"idTagInfo" if self.version == "1.6" else "idTokenInfo": {"status": "Accepted"}}
        if action == "TransactionEvent":
            return {"idTokenInfo": {"status": "Accepted"}} if "idToken" in payload else {}
        return {"currentTime": NOW} if action == "Heartbeat" else {}

    def _check(self, message: Call | CallResult) -> None:
        try:
            _validate_payload(message, self.version)
        except Exception as problem:
            self.wrong.append(f"{message}: {problem}")

    async def call(self, action: str, payload: Json) -> Json:
        """Ask the station something; raises Refusal for a CALLERROR."""
        assert self._send, "nobody is connected"
        self._calls += 1
        id_ = f"order-{self._calls}"
        self._waiting[id_] = asyncio.get_running_loop().create_future()
        self._check(Call(id_, action, dict(payload)))
        await self._send(json.dumps([2, id_, action, payload]))
        async with asyncio.timeout(5):
            answer = await self._waiting[id_]
        if answer[0] == 4:
            raise Refusal(answer[2])
        self._check(CallResult(id_, answer[2], action))
        return dict(answer[2])

    async def send_raw(self, text: str) -> None:
        assert self._send
        await self._send(text)

    def of(self, action: str) -> list[Json]:
        return [message.payload for message in self.received if message.action == action]

    @property
    def actions(self) -> list[str]:
        return [message.action for message in self.received]

    @property
    def events(self) -> list[Json]:
        return self.of("TransactionEvent")


class Refusal(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SocketCsms(Csms):
    """Listens on a port of its own; `close` hangs up on everybody, `open` on the same port comes back."""

    port: int = 0
    authorization: str | None = None
    path: str = ""

    async def open(self) -> None:
        subprotocol: Any = f"ocpp{self.version}"
        self._server: Server = await serve(self._serve, "127.0.0.1", self.port, subprotocols=[subprotocol])
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp/demo"

    async def _serve(self, socket: ServerConnection) -> None:
        self.connections += 1
        self._send = socket.send
        assert socket.request
        self.authorization, self.path = socket.request.headers.get("Authorization"), socket.request.path
        try:
            async for text in socket:
                answer = await self.handle(str(text))
                if answer:
                    await socket.send(answer)
        except ConnectionClosed:
            return

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()


class MemoryCsms(Csms):
    """No sockets, no threads: with a ManualClock everything that happens is the same every time."""

    up: bool = True
    _pipe: "Pipe | None" = None

    async def connect(self, url: str, identity: str, subprotocol: str, password: str | None) -> "Pipe":
        if not self.up:
            raise LinkDown("nobody there")
        self.connections += 1
        self._pipe = Pipe(self)
        self._send = self._pipe.to_station
        return self._pipe

    def hang_up(self) -> None:
        if self._pipe:
            self._pipe.inbox.put_nowait(None)


class Pipe:
    def __init__(self, csms: Csms) -> None:
        self.csms, self.open = csms, True
        self.inbox: asyncio.Queue[str | None] = asyncio.Queue()

    async def to_station(self, text: str) -> None:
        self.inbox.put_nowait(text)

    async def send(self, text: str) -> None:
        if not self.open:
            raise LinkDown("closed")
        answer = await self.csms.handle(text)
        if answer:
            self.inbox.put_nowait(answer)

    async def receive(self) -> str:
        text = await self.inbox.get()
        if text is None:
            self.open = False
            raise LinkDown("closed")
        return text

    async def close(self) -> None:
        self.inbox.put_nowait(None)
