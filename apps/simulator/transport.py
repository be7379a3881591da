"""The wire: a WebSocket to the CSMS, with the subprotocol of the version and HTTP Basic authentication."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

MAX_FRAME_BYTES = 1 << 20
OPEN_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 2


class LinkDown(Exception):
    """There is no connection, or it just went."""


class Transport(Protocol):
    async def send(self, text: str) -> None: ...

    async def receive(self) -> str | bytes: ...

    async def close(self) -> None: ...


class WebSocketTransport:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        try:
            await self._socket.send(text)
        except ConnectionClosed as closed:
            raise LinkDown(str(closed)) from closed

    async def receive(self) -> str | bytes:
        try:
            return await self._socket.recv()
        except ConnectionClosed as closed:
            raise LinkDown(str(closed)) from closed

    async def close(self) -> None:
        await self._socket.close()


Connect = Callable[[str, str, str, str | None], Awaitable[Transport]]


async def connect_websocket(url: str, identity: str, subprotocol: str, password: str | None) -> Transport:
    """Connect to `<url>/<identity>`. A refusal of any kind is LinkDown with the reason in words."""
    address = f"{url.rstrip('/')}/{quote(identity, safe='')}"
    headers = {} if password is None else {"Authorization": basic_auth(identity, password)}
    try:
        socket = await connect(
            address,
            subprotocols=[Subprotocol(subprotocol)],
            additional_headers=headers,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_FRAME_BYTES,
            proxy=None,
        )
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI, EOFError) as problem:
        raise LinkDown(str(problem) or type(problem).__name__) from problem
    if socket.subprotocol != subprotocol:
        await socket.close(1002)
        raise LinkDown(f"the server did not choose {subprotocol}")
    return WebSocketTransport(socket)


def basic_auth(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
