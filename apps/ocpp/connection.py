"""One station's socket: its messages are worked off in order, ours go out one at a time (P4 §4.1.1)."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
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
from apps.ocpp.inbox import Inbox, Letter
from apps.ocpp.limits import BadFrames, is_oversized
from apps.ocpp.messages import CloseCode, Link, Reply, StaleLink
from apps.ocpp.permissions import Permissions
from apps.ocpp.readings import Readings, Taken
from apps.ocpp.services.calls import take_call
from apps.ocpp.services.commands import take_stray_answer
from apps.ocpp.services.frames import error_content, incoming_row, outgoing_row
from apps.stations.messages import HeartbeatAnswer, OcppVersion
from apps.stations.services.quarantine import list_too_large
from apps.telemetry.adapters.frame_log import FrameLog
from apps.telemetry.adapters.writer import GroupWriter
from apps.tenants.scope import in_tenant

log = structlog.get_logger(__name__)

FINISH_WITHIN_S = 5.0
CLOSE_WITHIN_S = 5.0
NO_ID = "-1"  # P4 §4.2.3; 1.6 does not know it


class Socket(Protocol):
    """The websocket behind a connection. Both raise OSError once the peer is gone."""

    async def send_text(self, text: str) -> None: ...

    async def close_with(self, code: int, reason: str) -> None: ...


class Line(Protocol):
    """The wire itself: the loop's time of the last byte, whether pings are answered, and the short way past ASGI.

    `taker` is asked for each message whether it takes it; what it does not take goes to the consumer and counts as
    `handed_over`. `tell` sends text at once, unless the peer is gone. `cut` ends it without a word.
    """

    heard_at: float
    answers_pings: bool
    unanswered_pings: int
    handed_over: int
    taker: Callable[[bytes], bool] | None

    def tell(self, text: bytes) -> None: ...

    def cut(self) -> None: ...


class Connection:
    """Everything that is remembered of a station while its socket is open; nothing of it must not be lost."""

    def __init__(
        self,
        link: Link,
        *,
        socket: Socket,
        line: Line,
        frame_log: FrameLog,
        writer: GroupWriter,
        readings: Readings,
        may_cut: Callable[[], bool],
    ) -> None:
        self.link = link
        self.line = line
        self.noted_at = 0.0
        self.pings_given_up = False
        self.heartbeat_s: int | None = None
        self.closing = False
        self.permissions = Permissions(link.version)
        self.commander = Commander(
            link, send=self.send, close=self.close, permissions=self.permissions, may_cut=may_cut
        )
        self._socket = socket
        self._frame_log = frame_log
        self._writer = writer
        self._readings = readings
        self._dialect = dialect_for(link.version)
        self._bad_frames = BadFrames()
        self._inbox = Inbox()
        self._received = 0
        self._worker: asyncio.Task[None] | None = None
        self._farewell: asyncio.Task[None] | None = None

    # --- life -------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._worker = asyncio.create_task(self._work(), name=f"ocpp-in-{self.link.identity}")
        self.commander.start()
        self.line.taker = self.take

    def take(self, raw: bytes) -> bool:
        """Take a message straight from the wire, if it is a reading of a known charge and nothing came before it that
        is not worked off. Nothing waits here: the answer leaves with the commit.
        """
        is_next = self._inbox.is_clear and self._received == self.line.handed_over
        return is_next and self._writer.has_room and not self.closing and self._sent_off(raw, now())

    async def receive(self, raw: str | bytes) -> None:
        """Take one message of the socket. Returns late when too many wait: that is the back-pressure."""
        try:
            await self._receive(raw)
        finally:
            self._received += 1
            self._inbox.changed()

    async def _receive(self, raw: str | bytes) -> None:
        frame = decode_frame(raw, version=self.link.version)
        if isinstance(frame, CallResult | CallError) and self.commander.take_answer(frame):
            return
        if is_oversized(raw, frame, self._dialect):
            await self._hang_up_on(len(raw))
        else:
            data = raw.encode(errors="replace") if isinstance(raw, str) else raw
            await self._inbox.put(Letter(data, frame, now()))

    async def _hang_up_on(self, size: int) -> None:
        """Listed with the station's frames; nothing of it is lost that costs money (`limits.is_oversized`)."""
        too_large = Bad(ErrorCode.FORMAT_VIOLATION, f"{size} bytes in one message.", answerable=False)
        self._frame_log.add(self.link.tenant_id, incoming_row(self.link, too_large, at=now()))
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
            self.line.cut()  # one that reads no more but whose system lives would keep us for ever

    async def settle(self, *, by: float) -> None:
        """Let what was read be answered; whoever goes on talking is waited for until then, in the loop's time."""
        try:
            async with asyncio.timeout_at(by):
                await self._inbox.until(lambda: self.closing or self._is_settled)
        except TimeoutError:
            log.info("not settled", station=self.link.identity, waiting=self.waiting)

    async def finish(self) -> None:
        """The socket is gone: work off what was received, as long as the lease holds, then stop."""
        self.closing = True
        self.line.taker = None
        if self._worker is not None:
            settled = asyncio.ensure_future(self._inbox.until(lambda: self._inbox.is_settled))
            await asyncio.wait((settled, self._worker), timeout=FINISH_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
            settled.cancel()
            self._worker.cancel()
        await self.commander.stop()

    @property
    def _is_settled(self) -> bool:
        """Whether all that was read is worked off, also what is still on its way to the inbox."""
        return self._inbox.is_settled and self._received == self.line.handed_over

    @property
    def waiting(self) -> int:
        """Messages received and not worked off yet."""
        return self._inbox.waiting + self._inbox.in_flight

    # --- readings of known charges ----------------------------------------------------------------------

    def _sent_off(self, raw: bytes, received_at: datetime) -> bool:
        """Whether it was one, and is on its way to the disk. Raises OperationalError when there is no way."""
        taken = None if self.permissions.bar(self._readings.action) else self._readings.take(raw, received_at)
        if taken is None:
            return False
        try:
            self._writer.submit(self._readings.parcel(taken), partial(self._landed, taken))
        except OperationalError as problem:
            self._give_up(problem)
            return True
        self._inbox.send_off()
        return True

    def _landed(self, taken: Taken, stored: bool | OperationalError) -> None:
        """The commit is over. What was not stored goes the long way; what can't be stored is left to the station."""
        if stored is True:
            self._inbox.came_back()
            self._acknowledge(taken)
        elif stored is False:
            self._readings.forget(taken)
            frame = decode_frame(taken.raw, version=self.link.version)
            self._inbox.came_back(Letter(taken.raw, frame, taken.received_at, is_refused=True))
        else:
            self._inbox.came_back()
            self._give_up(stored)

    def _acknowledge(self, taken: Taken) -> None:
        if not self.closing:
            self.line.tell(encode_result(taken.told.message_id, {}).encode())
        answered_at = now()
        self._frame_log.add(self.link.tenant_id, self._readings.stored(taken), answered_at=answered_at)
        metrics.note_reading(self.link.version, self._readings.action, taken.received_at, answered_at)

    def _give_up(self, problem: Exception) -> None:
        """Close the socket from where nothing may wait."""
        if self._farewell is None:
            self._farewell = asyncio.create_task(self._close_without_database(problem))

    async def _close_without_database(self, problem: Exception) -> None:
        log.warning("closing: database away", station=self.link.identity, problem=str(problem).strip())
        await self.close(CloseCode.TRY_AGAIN_LATER, "Nothing can be stored now. Keep your messages.")

    # --- all other messages of the station --------------------------------------------------------------

    async def _work(self) -> None:
        try:
            await self._work_off()
        finally:
            self._inbox.shut()

    async def _work_off(self) -> None:
        """One message after the other, in the order of arrival (Q55)."""
        while True:
            await self._writer.until_room()
            letter = await self._inbox.open()
            try:
                is_short = not letter.is_refused and self._sent_off(letter.raw, letter.received_at)
                if not is_short and await self._inbox.landed(letter):
                    await self._process(letter.frame, letter.received_at)
                self._inbox.close()
            except StaleLink:
                await self.close(CloseCode.SUPERSEDED, "A newer connection speaks for this station.")
                return
            except (OperationalError, InterfaceError) as problem:
                await self._close_without_database(problem)
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
            self._frame_log.add(self.link.tenant_id, incoming_row(self.link, frame, at=received_at))
        else:
            await in_tenant(self.link.schema, take_stray_answer, self.link, frame, received_at=received_at)

    async def _answer(self, call: Call | Send, received_at: datetime) -> None:
        known_action = self._dialect.known_action(call.action)
        action = known_action or call.action
        is_barred = self.permissions.bar(action)
        if action == "Heartbeat" and not is_barred:
            reply = self._heartbeat(call, received_at)
        else:
            reply = await self._served(call, received_at, is_barred=is_barred)
        self._note_boot(reply)
        if reply.frame is not None:
            await self.send(reply.frame)
        metrics.note_answer(self.link.version, known_action, reply.frame, received_at=received_at)

    async def _served(self, call: Call | Send, received_at: datetime, *, is_barred: bool) -> Reply:
        reply = await in_tenant(
            self.link.schema, take_call, self.link, call, received_at=received_at, is_barred=is_barred
        )
        if reply.charges is not None:
            self._readings.learn(reply.charges)
        return reply

    def _heartbeat(self, call: Call | Send, received_at: datetime) -> Reply:
        """From memory; its two frames are written later, in bulk."""
        payload = self._dialect.reply("Heartbeat", HeartbeatAnswer(current_time=now()))
        self._frame_log.add(self.link.tenant_id, incoming_row(self.link, call, at=received_at))
        if isinstance(call, Send):
            return Reply(frame=None)
        self._frame_log.add(
            self.link.tenant_id, outgoing_row(self.link, CALL_RESULT, call.message_id, call.action, payload)
        )
        return Reply(frame=encode_result(call.message_id, payload))

    def _note_boot(self, reply: Reply) -> None:
        if reply.boot_status is not None:
            self.permissions.boot_status = reply.boot_status
            self.commander.wake()

    async def _reject(self, bad: Bad, received_at: datetime) -> None:
        """Answer what asks for an answer; twenty such frames within a minute are enough (Q59)."""
        metrics.bad_frames(self.link.version).inc()
        self._frame_log.add(self.link.tenant_id, incoming_row(self.link, bad, at=received_at))
        has_id = bad.message_id != NO_ID
        if bad.answerable and (has_id or self.link.version is not OcppVersion.V16):
            code = self._dialect.error_code(bad.code)
            content = error_content(code, bad.description)
            self._frame_log.add(
                self.link.tenant_id, outgoing_row(self.link, CALL_ERROR, bad.message_id, bad.action, content)
            )
            await self.send(encode_error(bad.message_id, code, bad.description, version=self.link.version))
        if self._bad_frames.note(now=time.monotonic()):
            await self.close(CloseCode.BAD_FRAMES, "Too many unreadable messages.")
