"""Stations made of nothing but the `websockets` library, and gateways for them to talk to."""

import base64
import contextlib
import itertools
import json
import secrets
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from apps.ocpp.asgi import make_application
from apps.ocpp.gateway import Gateway, Rhythm
from apps.ocpp.server import SecureListener, make_server

DEADLINE_S = 15.0
PASSWORD = "0123456789abcdef0123456789abcdef01234567"
CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4

Json = dict[str, Any]


class RunningGateway:
    """A gateway in a thread of its own, on any free port; with `tls`, also on another one."""

    def __init__(self, *, rhythm: Rhythm | None = None, name: str = "", tls: ssl.SSLContext | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.gateway = Gateway(name or f"gateway.test.{secrets.token_hex(6)}", rhythm=rhythm)
        secure = SecureListener(socket.create_server(("127.0.0.1", 0)), tls) if tls else None
        self.tls_port: int = secure.listener.getsockname()[1] if secure else 0
        self.server = make_server(make_application(self.gateway), host="127.0.0.1", port=self.port, secure=secure)
        self._thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()
        wait_for(lambda: self.server.started)

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()


class Refused(Exception):
    """We were answered with a CALLERROR."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


def basic(user: str, password: str | bytes) -> str:
    secret = password.encode() if isinstance(password, str) else password
    return "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()


def dial(port: int, path: str, *, subprotocols: list[str] | None, authorization: str | None, **options: Any) -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    settings = {"open_timeout": DEADLINE_S, "ping_interval": None, "proxy": None, "compression": None, "legacy": True}
    url = f"{'wss' if 'ssl' in options else 'ws'}://127.0.0.1:{port}{path}"
    return connect(url, subprotocols=subprotocols, additional_headers=headers, **settings | options)


@dataclass
class RawStation:
    """What a station's firmware does, frame by frame. What arrives while it waits for something else is kept."""

    socket: ClientConnection
    version: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    aside: deque[list[Any]] = field(default_factory=deque)

    @classmethod
    def plug(
        cls, port: int, slug: str, identity: str, *, version: str = "1.6", password: str = PASSWORD, **options: Any
    ) -> "RawStation":
        path, user = f"/ocpp/{slug}/{identity}", basic(identity, password)
        return cls(dial(port, path, subprotocols=[f"ocpp{version}"], authorization=user, **options), version)

    def call(self, action: str, payload: Json | None = None) -> Json:
        """Ask, and wait for the answer to just this."""
        return self.answer_to(self.send(action, payload))

    def send(self, action: str, payload: Json | None = None) -> str:
        message_id = f"m{next(self.numbers)}"
        self.socket.send(json.dumps([CALL, message_id, action, payload or {}]))
        return message_id

    def answer_to(self, message_id: str) -> Json:
        frame = self.frame(lambda frame: frame[0] in (CALL_RESULT, CALL_ERROR) and frame[1] == message_id)
        if frame[0] == CALL_ERROR:
            raise Refused(frame[2], frame[3])
        payload: Json = frame[2]
        return payload

    def expect(self, action: str) -> tuple[str, Json]:
        """Wait until we are asked for something; its id and payload."""
        frame = self.frame(lambda frame: frame[0] == CALL)
        assert frame[2] == action, frame
        return frame[1], frame[3]

    def obey(self, action: str, answer: Json) -> Json:
        """Wait until we are asked for something, and answer."""
        message_id, payload = self.expect(action)
        self.socket.send(json.dumps([CALL_RESULT, message_id, answer]))
        return payload

    def frame(self, is_wanted: Callable[[list[Any]], bool] = lambda frame: True) -> list[Any]:
        for kept in list(self.aside):
            if is_wanted(kept):
                self.aside.remove(kept)
                return kept
        deadline = time.monotonic() + DEADLINE_S
        while True:
            frame: list[Any] = json.loads(self.socket.recv(timeout=max(0.0, deadline - time.monotonic())))
            if is_wanted(frame):
                return frame
            self.aside.append(frame)

    def hears_nothing(self, seconds: float) -> bool:
        try:
            self.aside.append(json.loads(self.socket.recv(timeout=seconds)))
        except TimeoutError:
            return True
        return False

    def close_code(self) -> int | None:
        """The code the other side closes with; everything before it is read over."""
        deadline = time.monotonic() + DEADLINE_S
        try:
            while True:
                self.socket.recv(timeout=max(0.0, deadline - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def unplug(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            self.socket.close()


def wait_for(condition: Callable[[], Any], *, seconds: float = DEADLINE_S) -> Any:
    """Look again and again until it holds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)
    return found
