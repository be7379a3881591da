"""Our requests to one station: the oldest command first, one outstanding at a time."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from django.db import InterfaceError, OperationalError

from apps.core.clock import now
from apps.dialects.messages import CallError, CallResult
from apps.ocpp.messages import CloseCode, Link, OutgoingCall, StaleLink
from apps.ocpp.permissions import Permissions
from apps.ocpp.services.commands import claim_call, record_answer, record_silence
from apps.ocpp.services.noticing import note_half_dead
from apps.tenants.scope import in_tenant

log = structlog.get_logger(__name__)

ANSWER_WITHIN_S = 30.0
MOST_SILENCES = 3

Answer = CallResult | CallError


class Commander:
    """Sleeps until it is woken: on connect, by a message through Redis, and by the gateway's look-out."""

    def __init__(
        self,
        link: Link,
        *,
        send: Callable[[str], Awaitable[bool]],
        close: Callable[[int, str], Awaitable[None]],
        permissions: Permissions,
        may_cut: Callable[[], bool],
    ) -> None:
        self.answer_within_s = ANSWER_WITHIN_S
        self._link = link
        self._send = send
        self._close = close
        self._permissions = permissions
        self._may_cut = may_cut
        self._woken = asyncio.Event()
        self._outstanding: tuple[str, asyncio.Future[Answer]] | None = None
        self._silences = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"ocpp-out-{self._link.identity}")

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def take_answer(self, answer: Answer) -> bool:
        """Whether this answers the request that is outstanding; a late or foreign one does not (Q56)."""
        if self._outstanding is None or self._outstanding[0] != answer.message_id or self._outstanding[1].done():
            return False
        self._outstanding[1].set_result(answer)
        return True

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while True:
                self._woken.clear()
                call = await self._claim()
                if call is None:
                    await self._woken.wait()
                else:
                    await self._perform(call)
        except StaleLink:
            await self._close(CloseCode.SUPERSEDED, "A newer connection speaks for this station.")
        except (OperationalError, InterfaceError) as problem:
            log.warning("closing: database away", station=self._link.identity, problem=str(problem).strip())
            await self._close(CloseCode.TRY_AGAIN_LATER, "Nothing can be stored now. Keep your messages.")
        except Exception:
            log.exception("commands stopped", station=self._link.identity, schema=self._link.schema)
            await self._close(CloseCode.TRY_AGAIN_LATER, "Try again.")

    async def _claim(self) -> OutgoingCall | None:
        if not self._permissions.may_be_called:
            return None
        return await in_tenant(self._link.schema, claim_call, self._link)

    async def _perform(self, call: OutgoingCall) -> None:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._outstanding = call.message_id, answered
        self._permissions.invite(call.action, call.payload)
        await self._send(call.frame)
        try:
            answer = await asyncio.wait_for(answered, self.answer_within_s)
        except TimeoutError:
            await self._note_silence(call)
        else:
            self._silences = 0
            # Shielded: an answer that has arrived is recorded, even when the socket goes in this moment.
            await asyncio.shield(
                in_tenant(self._link.schema, record_answer, self._link, call, answer, received_at=now())
            )
        finally:
            self._outstanding = None

    async def _note_silence(self, call: OutgoingCall) -> None:
        """A station that hears us no more but still talks is cured by a new connection (Q52)."""
        await in_tenant(self._link.schema, record_silence, self._link, call)
        self._silences += 1
        if self._silences >= MOST_SILENCES and self._may_cut():
            await in_tenant(self._link.schema, note_half_dead, self._link, action=call.action)
            await self._close(CloseCode.HALF_DEAD, "Three requests in a row were not answered.")
