"""One station's socket: its messages are worked off in order, ours go out one at a time (P4 §4.1.1)."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog
from django.db import InterfaceError, OperationalError

from apps.core.clock import now
from apps.dialects.adapters.errors import ErrorCode
from apps.dialects.adapters.frames import CALL_ERROR, CALL_RESULT, decode_frame, encode_error, encode_result
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import Bad, Call, CallError, CallResult, CallResultError, Frame, Ignored, Send
from apps.ocpp import metrics
from apps.ocpp.commander import Commander
from apps.ocpp.journal import Journal
from apps.ocpp.limits import BadFrames, is_oversized
from apps.ocpp.messages import CloseCode, Link, Reply, StaleLink
from apps.ocpp.permissions import Permissions
from apps.ocpp.readings import Readings
from apps.ocpp.services.calls import take_call
from apps.ocpp.services.commands import take_stray_answer
from apps.ocpp.services.frames import error_content, incoming_row, outgoing_row
from apps.stations.messages import HeartbeatAnswer, OcppVersion
from apps.stations.services.quarantine import list_too_large
from apps.tenants.scope import in_tenant

log = structlog.get_logger(__name__)

# Messages of a station that may wait; beyond them reading stops, and TCP tells the station to wait (Q55, Q69).
WINDOW = 16
FINISH_WITHIN_S = 5.0
SETTLE_WITHIN_S = 3.0
CLOSE_WITHIN_S = 5.0
NO_ID = "-1"  # P4 §4.2.3; 1.6 does not know it


class Socket(Protocol):
    """The websocket behind a connection. Both raise OSError once the peer is gone."""

    async def send_text(self, text: str) -> None: ...

    async def close_with(self, code: int, reason: str) -> None: ...


class Line(Protocol):
    """What the server knows of the wire: the loop's time of the last byte, and whether a ping was ever answered."""

    heard_at: float
    answers_pings: bool


class Connection:
    """Everything that is remembered of a station while its socket is open; nothing of it must not be lost."""

    def __init__(
        self,
        link: Link,
        *,
        socket: Socket,
        line: Line,
        journal: Journal,
        readings: Readings,
        may_cut: Callable[[], bool],
    ) -> None:
        self.link = link
        self.line = line
        self.noted_at = 0.0
        self.closing = False
        self.permissions = Permissions(link.version)
        self.commander = Commander(
            link, send=self.send, close=self.close, permissions=self.permissions, may_cut=may_cut
        )
        self._socket = socket
        self._journal = journal
        self._readings = readings
        self._dialect = dialect_for(link.version)
        self._bad_frames = BadFrames()
        self._incoming: asyncio.Queue[tuple[Frame, datetime] | None] = asyncio.Queue(WINDOW)
        self._worker: asyncio.Task[None] | None = None

    # --- life -------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._worker = asyncio.create_task(self._work(), name=f"ocpp-in-{self.link.identity}")
        self.commander.start()

    async def receive(self, raw: str | bytes) -> None:
        """Take one message of the socket. Returns late when too many wait: that is the back-pressure."""
        frame = decode_frame(raw, version=self.link.version)
        if isinstance(frame, CallResult | CallError) and self.commander.take_answer(frame):
            return
        if is_oversized(raw, frame, self._dialect):
            await self._hang_up_on(len(raw))
        else:
            await self._incoming.put((frame, now()))

    async def _hang_up_on(self, size: int) -> None:
        """Listed with the station's frames; nothing of it is lost that costs money (`limits.is_oversized`)."""
        too_large = Bad(ErrorCode.FORMAT_VIOLATION, f"{size} bytes in one message.", answerable=False)
        self._journal.add(self.link, incoming_row(self.link, too_large, at=now()))
        await self.close(CloseCode.TOO_LARGE, "The message is too large.")

    async def list_flood(self) -> None:
        """The wire was closed on a message larger than any may be, of which nothing is known. People have to look."""
        caller = self.link.caller(now())
        try:
            await in_tenant(self.link.schema, list_too_large, caller)
        except (OperationalError, InterfaceError) as problem:
            log.warning("too large a message not listed", problem=str(problem).strip())

    async def send(self, text: str) -> bool:
        """Whether it could be handed to the wire; a peer that is gone is no error."""
        if self.closing:
            return False
        try:
            await self._socket.send_text(text)
        except OSError:
            return False
        return True

    async def close(self, code: int, reason: str) -> None:
        """Close the socket; a second call does nothing."""
        if self.closing:
            return
        self.closing = True
        metrics.closed(code).inc()
        log.info("connection closed by us", station=self.link.identity, schema=self.link.schema, code=code,
                 reason=reason, epoch=self.link.epoch)  # fmt: skip
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._socket.close_with(code, reason)
        except (OSError, TimeoutError):
            log.info("peer was gone already", station=self.link.identity)

    async def settle(self) -> None:
        """Let what was read be answered; whoever goes on talking is not waited for."""
        try:
            await asyncio.wait_for(self._incoming.join(), SETTLE_WITHIN_S)
        except TimeoutError:
            log.info("not settled", station=self.link.identity, waiting=self.waiting)

    async def finish(self) -> None:
        """The socket is gone: work off what was received, as long as the lease holds, then stop."""
        self.closing = True
        if self._worker is not None and not self._worker.done():
            try:
                async with asyncio.timeout(FINISH_WITHIN_S):
                    await self._incoming.put(None)
                    await asyncio.shield(self._worker)
            except TimeoutError:
                self._worker.cancel()
        await self.commander.stop()

    @property
    def waiting(self) -> int:
        """Messages received and not worked off yet."""
        return self._incoming.qsize()

    # --- messages of the station ------------------------------------------------------------------------

    async def _work(self) -> None:
        """One message after the other, in the order of arrival (Q55)."""
        while (item := await self._incoming.get()) is not None:
            try:
                await self._process(*item)
                self._incoming.task_done()
            except StaleLink:
                await self.close(CloseCode.SUPERSEDED, "A newer connection speaks for this station.")
                return
            except (OperationalError, InterfaceError) as problem:
                log.warning("closing: database away", station=self.link.identity, problem=str(problem).strip())
                await self.close(CloseCode.TRY_AGAIN_LATER, "Nothing can be stored now. Keep your messages.")
                return
            except Exception:
                log.exception("message lost", station=self.link.identity, schema=self.link.schema)
                await self.close(CloseCode.TRY_AGAIN_LATER, "Try again.")
                return

    async def _process(self, frame: Frame, received_at: datetime) -> None:
        if isinstance(frame, Call | Send):
            await self._answer(frame, received_at)
        elif isinstance(frame, Bad):
            await self._reject(frame, received_at)
        elif isinstance(frame, CallResultError | Ignored):
            self._journal.add(self.link, incoming_row(self.link, frame, at=received_at))
        else:
            await in_tenant(self.link.schema, take_stray_answer, self.link, frame, received_at=received_at)

    async def _answer(self, call: Call | Send, received_at: datetime) -> None:
        known_action = self._dialect.known_action(call.action)
        action = known_action or call.action
        is_barred = self.permissions.bar(action)
        if action == "Heartbeat" and not is_barred:
            reply = self._heartbeat(call, received_at)
        else:
            reply = await self._stored(call, action, received_at, is_barred=is_barred)
        self._note_boot(reply)
        if reply.frame is not None:
            await self.send(reply.frame)
        metrics.note_answer(self.link.version, known_action, reply.frame, received_at=received_at)

    async def _stored(self, call: Call | Send, action: str, received_at: datetime, *, is_barred: bool) -> Reply:
        """The short way for mere readings of a known charge; everything else is a service's."""
        if not is_barred and await self._readings.take(call, action, received_at):
            return Reply(frame=encode_result(call.message_id, {}))
        reply = await in_tenant(
            self.link.schema, take_call, self.link, call, received_at=received_at, is_barred=is_barred
        )
        if reply.charges is not None:
            self._readings.learn(reply.charges)
        return reply

    def _heartbeat(self, call: Call | Send, received_at: datetime) -> Reply:
        """From memory; its two frames are written later, in bulk."""
        payload = self._dialect.reply("Heartbeat", HeartbeatAnswer(current_time=now()))
        self._journal.add(self.link, incoming_row(self.link, call, at=received_at))
        if isinstance(call, Send):
            return Reply(frame=None)
        self._journal.add(self.link, outgoing_row(self.link, CALL_RESULT, call.message_id, call.action, payload))
        return Reply(frame=encode_result(call.message_id, payload))

    def _note_boot(self, reply: Reply) -> None:
        if reply.boot_status is not None:
            self.permissions.boot_status = reply.boot_status
            self.commander.wake()

    async def _reject(self, bad: Bad, received_at: datetime) -> None:
        """Answer what asks for an answer; twenty such frames within a minute are enough (Q59)."""
        metrics.bad_frames(self.link.version).inc()
        self._journal.add(self.link, incoming_row(self.link, bad, at=received_at))
        has_id = bad.message_id != NO_ID
        if bad.answerable and (has_id or self.link.version is not OcppVersion.V16):
            code = self._dialect.error_code(bad.code)
            content = error_content(code, bad.description)
            self._journal.add(self.link, outgoing_row(self.link, CALL_ERROR, bad.message_id, bad.action, content))
            await self.send(encode_error(bad.message_id, code, bad.description, version=self.link.version))
        if self._bad_frames.note(now=time.monotonic()):
            await self.close(CloseCode.BAD_FRAMES, "Too many unreadable messages.")
