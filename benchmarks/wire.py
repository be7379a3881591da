"""A charging station reduced to its socket: the smallest websocket client that keeps the protocol."""

import asyncio
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
# Clients mask; a mask of zeros is one, and leaves the payload as it is.
NO_MASK = b"\0\0\0\0"
SWITCHED = b"HTTP/1.1 101"
KEY = "T2htc3RlYWQgYmVuY2ggIQ=="


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One unfragmented client frame."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65_536:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + NO_MASK + payload


def opening(path: str, *, authorization: str, subprotocol: str) -> bytes:
    lines = (
        f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}", f"Sec-WebSocket-Protocol: {subprotocol}",
        f"Authorization: {authorization}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


class Wire(asyncio.Protocol):
    """`opened` tells once whether the server has taken the socket; `hear` gets every text; `lost` comes last."""

    def __init__(self, request: bytes, *, hear: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self.opened: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.is_open = False
        self.status = b""
        self._request = request
        self._hear = hear
        self._lost = lost
        self._unread = b""
        self._transport: asyncio.Transport | None = None

    # --- as asyncio calls them --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self.is_open and not self._open():
            return
        while self._take_frame():
            pass

    def connection_lost(self, exc: Exception | None) -> None:
        was_open, self.is_open = self.is_open, False
        if not self.opened.done():
            self.opened.set_result(False)
        if was_open:
            self._lost()

    # --- what a station does ----------------------------------------------------------------------------

    def send(self, framed: bytes) -> None:
        if self._transport is not None:
            self._transport.write(framed)

    def cut(self) -> None:
        """As when the mobile network goes: no goodbye."""
        if self._transport is not None:
            self._transport.abort()

    # --- reading ----------------------------------------------------------------------------------------

    def _open(self) -> bool:
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        if not end:
            return False
        self.status, self._unread = head.split(b"\r\n", 1)[0], rest
        self.is_open = head.startswith(SWITCHED)
        if not self.opened.done():
            self.opened.set_result(self.is_open)
        if not self.is_open:
            self.cut()
        return self.is_open

    def _take_frame(self) -> bool:
        """Server frames carry no mask, and nothing here is sent in fragments."""
        unread = self._unread
        if len(unread) < 2:
            return False
        size, begin = unread[1], 2
        if size == 126:
            size, begin = int.from_bytes(unread[2:4], "big"), 4
        elif size == 127:
            size, begin = int.from_bytes(unread[2:10], "big"), 10
        if len(unread) < begin + size:
            return False
        payload, self._unread = unread[begin : begin + size], unread[begin + size :]
        self._take(unread[0] & 0x0F, payload)
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._hear(payload)
        elif opcode == PING:
            self.send(frame(payload, PONG))
        elif opcode == CLOSE:
            self.send(frame(payload, CLOSE))
            self.cut()
