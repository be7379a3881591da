"""Where a gateway dies around a commit: hooks put into the forked process, none of them in the product.

The process counts as hit from the moment it receives a message with the wanted mark in its text; at the chosen point
after that it is killed as by `kill -9`, so nothing is flushed, released or said.
"""

import asyncio
import os
import signal
from typing import Any

import psycopg

from apps.ocpp.connection import Connection
from apps.ocpp.server import StationProtocol
from apps.telemetry.adapters.writer import Done, GroupWriter
from apps.telemetry.messages import Parcel
from tests.faults.names import POINTS

_, AFTER_RECEIVE, BEFORE_COMMIT, AFTER_COMMIT, AFTER_ACK = POINTS
REACHES_THE_WIRE_S = 0.05


class Trap:
    def __init__(self, mark: str, point: str) -> None:
        self.mark = mark
        self.point = point
        self.is_hit = False

    def note(self, raw: str | bytes) -> None:
        text = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
        self.is_hit = self.is_hit or self.mark in text
        self.spring(AFTER_RECEIVE)

    def spring(self, point: str) -> None:
        if self.is_hit and self.point == point:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(mark: str, point: str) -> None:
    """Die at this point of handling the first message whose text holds the mark."""
    trap = Trap(mark, point)
    _watch_socket(trap)
    _watch_commits(trap)


def lie() -> None:
    """Acknowledge readings without storing them: what the checker has to find."""

    def submit(self: GroupWriter, parcel: Parcel, done: Done) -> None:
        asyncio.get_running_loop().call_soon(done, True)

    GroupWriter.submit = submit  # type: ignore[method-assign]


def _watch_socket(trap: Trap) -> None:
    """Messages go two ways: past ASGI, or through it. An answer leaves at once, or after waiting for the peer."""
    take, receive, tell, send = Connection.take, Connection.receive, StationProtocol.tell, Connection.send

    def taken(self: Connection, raw: bytes) -> bool:
        trap.note(raw)
        return take(self, raw)

    async def received(self: Connection, raw: str | bytes) -> None:
        trap.note(raw)
        await receive(self, raw)

    def told(self: StationProtocol, text: bytes) -> None:
        trap.spring(AFTER_COMMIT)
        tell(self, text)
        if trap.is_hit:
            self.loop.call_later(REACHES_THE_WIRE_S, trap.spring, AFTER_ACK)

    async def sent(self: Connection, text: str) -> bool:
        trap.spring(AFTER_COMMIT)
        was_sent = await send(self, text)
        if trap.is_hit and trap.point == AFTER_ACK:
            await asyncio.sleep(REACHES_THE_WIRE_S)
            trap.spring(AFTER_ACK)
        return was_sent

    Connection.take, Connection.receive, Connection.send = taken, received, sent  # type: ignore[method-assign]
    StationProtocol.tell = told  # type: ignore[method-assign]


def _watch_commits(trap: Trap) -> None:
    """A transaction commits by COMMIT; the group-commit writer by each of its statements, which change something."""
    commit, execute = psycopg.Connection.commit, psycopg.AsyncConnection.execute

    def committed(self: Any) -> None:
        trap.spring(BEFORE_COMMIT)
        commit(self)

    async def executed(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        if "INSERT" in str(query):
            trap.spring(BEFORE_COMMIT)
        return await execute(self, query, *args, **kwargs)

    psycopg.Connection.commit = committed  # type: ignore[method-assign]
    psycopg.AsyncConnection.execute = executed  # type: ignore[method-assign,assignment]
