"""One gateway process: the stations connected to it, and what it does regularly for all of them at once."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from channels.layers import get_channel_layer
from django.db import DatabaseError, InterfaceError, OperationalError

from apps.core.clock import now
from apps.events.services import broadcast_changes
from apps.ocpp import metrics
from apps.ocpp.connection import Connection, Line, Socket
from apps.ocpp.messages import CloseCode, Link, LinkKey
from apps.ocpp.newest import Newest
from apps.ocpp.readings import Readings
from apps.ocpp.server import PING_INTERVAL_S
from apps.ocpp.services.links import end_link
from apps.ocpp.services.noticing import note_pings_unanswered
from apps.ocpp.services.watch import look_out, told_heartbeat
from apps.stations.services.templates import HEARTBEAT_S
from apps.telemetry.adapters.frame_log import FrameLog
from apps.telemetry.adapters.writer import GroupWriter
from apps.telemetry.services.leases import note_seen, release_gateway, release_silent
from apps.tenants.scope import PUBLIC, in_tenant

log = structlog.get_logger(__name__)

DRAIN_WITHIN_S = 8.0
SETTLE_WITHIN_S = 3.0
PAUSE_S = 0.01
MISSED_PINGS = 3
NOTES_BEFORE_RELEASE = 4
CUT_AGAIN_AFTER_S = 15 * 60.0


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How often the gateway does what; in seconds."""

    look_out: float = 15.0
    note_seen: float = 30.0
    flush: float = 1.0
    show: float = 1.0
    find_silent: float = 15.0
    # Three missed pings of a station that is known to answer them, else three missed heartbeats (Q50, Q51).
    silent_after: float = 3 * PING_INTERVAL_S
    silent_without_pings: float = 3.0 * HEARTBEAT_S
    # A gateway notes its stations every half minute: what nobody has noted for an hour, nobody holds.
    abandoned_after: float = 3600.0
    retry: float = 1.0


class Gateway:
    """`name` is the channel on which other processes reach this one, and what leases call it."""

    def __init__(self, name: str, *, rhythm: Rhythm | None = None) -> None:
        self.name = name
        self.rhythm = rhythm or Rhythm()
        self.frame_log = FrameLog()
        self.writer = GroupWriter(on_commit=_count_commit)
        self.newest = Newest()
        self.connections: dict[LinkKey, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._cut_at: dict[LinkKey, float] = {}
        self._noted_in_a_row = 0
        self._moved: defaultdict[str, set[int]] = defaultdict(set)

    # --- life of the process ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Forget what a crashed predecessor of this name left, then listen."""
        try:
            await in_tenant(PUBLIC, release_gateway, self.name)
        except (OperationalError, InterfaceError) as problem:
            log.warning("database away at start", problem=str(problem).strip())
        self.writer.start()
        metrics.QUEUE_DEPTH.set_function(lambda: self.writer.depth)
        self._spawn(self._listen())
        for seconds, job in (
            (self.rhythm.look_out, self._look_out),
            (self.rhythm.note_seen, self._note_seen),
            (self.rhythm.flush, self.frame_log.flush),
            (self.rhythm.show, self.newest.show),
            (self.rhythm.show, self._show_moved),
            (self.rhythm.find_silent, self._close_silent),
        ):
            self._spawn(_regularly(seconds, job))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.writer.stop()
        try:
            await self.newest.show()
            await self.frame_log.flush()
            await self.frame_log.close()
            await in_tenant(PUBLIC, release_gateway, self.name)
            await self._show_moved()
        except (OperationalError, InterfaceError) as problem:
            log.warning("leases not released", problem=str(problem).strip())

    async def drain(self) -> None:
        """Send every station away, spread over some seconds, so that they do not all come back at once.

        All of them share the database: the first one may need as long for its answers as the last.
        """
        loop = asyncio.get_running_loop()
        everyone_by = loop.time() + DRAIN_WITHIN_S
        connections = list(self.connections.values())
        pause_s = min(PAUSE_S, DRAIN_WITHIN_S / max(1, len(connections)))
        leaving = []
        for connection in connections:
            by = max(everyone_by, loop.time() + SETTLE_WITHIN_S)
            leaving.append(asyncio.create_task(_send_away(connection, by=by)))
            await asyncio.sleep(pause_s)
        await asyncio.gather(*leaving, return_exceptions=True)

    # --- sockets ----------------------------------------------------------------------------------------

    def register(self, link: Link, *, socket: Socket, line: Line) -> Connection:
        """Let a socket that has taken the lease speak for its station. The newer epoch wins (Q53, Q54)."""
        connection = Connection(
            link,
            socket=socket,
            line=line,
            frame_log=self.frame_log,
            writer=self.writer,
            readings=Readings(link, newest=self.newest),
            may_cut=partial(self._may_cut, link.key),
        )
        self._moved[link.schema].add(link.station_id)
        metrics.OPENED.inc()
        metrics.connections(link.version).inc()
        other = self.connections.get(link.key)
        if other is not None and other.link.epoch > link.epoch:
            self._supersede(connection)
            return connection
        self.connections[link.key] = connection
        if other is not None:
            self._supersede(other)
        return connection

    async def unregister(self, connection: Connection) -> None:
        """The socket is gone; a newer one of the same station is left alone."""
        metrics.connections(connection.link.version).dec()
        if self.connections.get(connection.link.key) is connection:
            del self.connections[connection.link.key]
        await connection.finish()
        try:
            await in_tenant(connection.link.schema, end_link, connection.link)
        except (OperationalError, InterfaceError) as problem:
            log.warning("lease not released", station=connection.link.identity, problem=str(problem).strip())
        self._moved[connection.link.schema].add(connection.link.station_id)

    def close_soon(self, connection: Connection, code: CloseCode, reason: str) -> None:
        self._spawn(connection.close(code, reason))

    def _supersede(self, connection: Connection) -> None:
        metrics.SUPERSEDED.inc()
        self.close_soon(connection, CloseCode.SUPERSEDED, "A newer connection speaks for this station.")

    def _may_cut(self, key: LinkKey) -> bool:
        """Whether a station that does not answer may be sent away now, which helps once if at all (Q52)."""
        last = self._cut_at.get(key)
        if last is not None and time.monotonic() - last < CUT_AGAIN_AFTER_S:
            return False
        self._cut_at[key] = time.monotonic()
        return True

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- news from other processes ----------------------------------------------------------------------

    async def _listen(self) -> None:
        """Wake-ups may be lost; the look-out makes up for them."""
        layer = get_channel_layer()
        while True:
            try:
                self._hear(await layer.receive(self.name))
            except Exception as problem:
                log.warning("no live messages", problem=str(problem))
                await asyncio.sleep(self.rhythm.retry)
                await layer.flush()

    def _hear(self, message: dict[str, Any]) -> None:
        connection = self.connections.get((message.get("schema", ""), message.get("station_id", 0)))
        if connection is None:
            return
        if message.get("type") == "wake":
            connection.commander.wake()
        elif message.get("type") == "superseded" and connection.link.epoch < message.get("epoch", 0):
            self._supersede(connection)

    # --- regular work -----------------------------------------------------------------------------------

    async def _look_out(self) -> None:
        """Commands whose wake-up was lost, and sockets that were not told of a newer one."""
        held = {connection.link: connection for connection in self.connections.values()}
        found = await in_tenant(PUBLIC, look_out, list(held))
        for link, connection in held.items():
            if link in found.superseded:
                self._supersede(connection)
            elif link.key in found.commanded:
                connection.commander.wake()

    async def _show_moved(self) -> None:
        """Tell open pages which stations came or went, about once a second for all of them at once."""
        moved, self._moved = self._moved, defaultdict(set)
        if moved:
            await in_tenant(PUBLIC, broadcast_changes, "stations", moved)

    async def _note_seen(self) -> None:
        """Every station that was heard since the last time, in one statement."""
        seen, self._noted_in_a_row = list(self._newly_seen()), self._noted_in_a_row + 1
        try:
            await in_tenant(PUBLIC, note_seen, seen)
            await self._release_abandoned()
        except (OperationalError, InterfaceError):
            self._noted_in_a_row = 0
            raise

    async def _release_abandoned(self) -> None:
        """After an outage of the database all gateways first get the time to note what they hold."""
        if self._noted_in_a_row > NOTES_BEFORE_RELEASE:
            before = now() - timedelta(seconds=self.rhythm.abandoned_after)
            await in_tenant(PUBLIC, release_silent, before)

    def _newly_seen(self) -> Iterator[tuple[int, int, int, datetime]]:
        present, loop_time = now(), asyncio.get_running_loop().time()
        for connection in self.connections.values():
            heard_at, link = connection.line.heard_at, connection.link
            if heard_at > connection.noted_at:
                connection.noted_at = heard_at
                yield link.tenant_id, link.station_id, link.epoch, present - timedelta(seconds=loop_time - heard_at)

    async def _close_silent(self) -> None:
        """Sockets whose other end is no more."""
        loop_time = asyncio.get_running_loop().time()
        for connection in list(self.connections.values()):
            line, silent_s = connection.line, loop_time - connection.line.heard_at
            if line.unanswered_pings > MISSED_PINGS and silent_s < self.rhythm.silent_after:
                self._stop_relying_on_pings(connection)
            patience_s = self.rhythm.silent_after if line.answers_pings else self.rhythm.silent_without_pings
            if silent_s > patience_s:
                self._spawn(_close_dead(connection, overdue=silent_s / patience_s))

    def _stop_relying_on_pings(self, connection: Connection) -> None:
        """It talks, so it lives; from now on its heartbeats have to show that (Q51). Noted once per connection."""
        connection.line.answers_pings = False
        if not connection.pings_given_up:
            connection.pings_given_up = True
            self._spawn(_note_pings(connection.link))


async def _close_dead(connection: Connection, *, overdue: float) -> None:
    """Close a silent socket, unless its station answers no pings and was told to beat more rarely than usual (Q50)."""
    if not connection.line.answers_pings and connection.heartbeat_s is None:
        try:
            connection.heartbeat_s = await in_tenant(connection.link.schema, told_heartbeat, connection.link)
        except (DatabaseError, InterfaceError) as problem:
            log.warning("no heartbeat known", station=connection.link.identity, problem=str(problem).strip())
    if connection.line.answers_pings or overdue > (connection.heartbeat_s or HEARTBEAT_S) / HEARTBEAT_S:
        await connection.close(CloseCode.SILENT, "Nothing was heard for too long.")


async def _note_pings(link: Link) -> None:
    try:
        await in_tenant(link.schema, note_pings_unanswered, link)
    except (OperationalError, InterfaceError) as problem:
        log.warning("oddity not noted", station=link.identity, problem=str(problem).strip())


async def _send_away(connection: Connection, *, by: float) -> None:
    await connection.settle(by=by)
    await connection.close(CloseCode.SERVICE_RESTART, "The service restarts.")


def _count_commit(messages: int, seconds: float) -> None:
    metrics.BATCH_SIZE.observe(messages)
    metrics.COMMIT_S.observe(seconds)


async def _regularly(seconds: float, job: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except (OperationalError, InterfaceError) as problem:
            log.warning("database away", job=job.__name__, problem=str(problem).strip())
        except Exception:
            log.exception("regular work failed", job=job.__name__)
