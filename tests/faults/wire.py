"""A TCP proxy in front of one gateway that cuts, goes silent and flips bytes on demand."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random

CHUNK = 65536


class Wire:
    """`corruption` is the share of chunks that get one wrong byte, in either direction."""

    def __init__(self, target_port: int, rng: Random, *, corruption: float = 0.0) -> None:
        self.port = 0
        self.cuts = self.flips = 0
        self._target_port = target_port
        self._rng = rng
        self._corruption = corruption
        self._open: list[Pair] = []

    async def serve(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._server = server

    async def end(self) -> None:
        self._server.close()
        for pair in list(self._open):
            pair.cut()

    def cut(self) -> bool:
        """Reset one connection in the middle of whatever it carries; whether there was one."""
        return self._pick(lambda pair: pair.cut())

    def silence(self) -> bool:
        """One connection stays open and carries nothing any more: half-open."""
        return self._pick(lambda pair: pair.silence())

    def _pick(self, harm: "Callable[[Pair], None]") -> bool:
        healthy = [pair for pair in self._open if not pair.is_silent]
        if not healthy:
            return False
        harm(self._rng.choice(healthy))
        self.cuts += 1
        return True

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(self, writer, far_writer)
        self._open.append(pair)
        try:
            await asyncio.gather(pair.pump(reader, far_writer), pair.pump(far_reader, writer))
        finally:
            self._open.remove(pair)
            pair.cut()

    def spoil(self, data: bytes) -> bytes:
        if self._rng.random() >= self._corruption:
            return data
        self.flips += 1
        spoilt = bytearray(data)
        spoilt[self._rng.randrange(len(spoilt))] ^= 1 << self._rng.randrange(8)
        return bytes(spoilt)


class Pair:
    """The two ends of one connection."""

    def __init__(self, wire: Wire, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._wire, self._near, self._far = wire, near, far
        self.is_silent = False

    def silence(self) -> None:
        self.is_silent = True

    def cut(self) -> None:
        """An abort sends RST and drops what waits to be written."""
        self._near.transport.abort()
        self._far.transport.abort()

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if not self.is_silent:
                    writer.write(self._wire.spoil(data))
                    await writer.drain()
        if not self.is_silent:
            writer.close()
