"""Remote procedure calls over one connection: one CALL of ours at a time, theirs answered at once meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from apps.simulator.formatting import Json
from apps.simulator.frames import (
    Call,
    Failure,
    Invalid,
    Result,
    check_call,
    check_result,
    decode,
    encode_call,
    encode_failure,
    encode_result,
)
from apps.simulator.makes import Version
from apps.simulator.transport import LinkDown, Transport

FollowUp = Callable[[], Coroutine[Any, Any, None]]


class CallFailed(Exception):
    """The CSMS answered with an error, with nonsense, or not in time."""

    def __init__(self, action: str, code: str, description: str) -> None:
        super().__init__(f"{action}: {code} {description}".strip())
        self.code = code


class Refused(Exception):
    """Raised by a handler to answer with a CALLERROR."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(f"{code} {description}".strip())
        self.code, self.description = code, description


class Silent(Exception):
    """Raised by a handler that must not answer at all (1.6, registration rejected)."""


@dataclass(frozen=True)
class Answer:
    """What to reply, and what to do once the reply has left."""

    payload: Json = field(default_factory=dict)
    then: FollowUp | None = None


Handler = Callable[[str, Json], Answer]


class Link:
    def __init__(self, transport: Transport, version: Version, handler: Handler, timeout_s: float) -> None:
        self._transport, self._version, self._handler, self._timeout_s = transport, version, handler, timeout_s
        self._turn = asyncio.Lock()
        self._waiting: tuple[str, asyncio.Future[Result | Failure]] | None = None
        self._follow_ups: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Read until the connection goes, then raise LinkDown."""
        try:
            while True:
                await self._received(await self._transport.receive())
        finally:
            for task in self._follow_ups:
                task.cancel()
            if self._waiting and not self._waiting[1].done():
                self._waiting[1].set_exception(LinkDown("the connection was lost before the answer came"))

    async def call(self, action: str, payload: Json, message_id: str) -> Json:
        """Raises CallFailed for an error or no answer in time, LinkDown when the connection is lost meanwhile."""
        call = Call(message_id, action, payload)
        text = encode_call(self._version, call)
        async with self._turn:
            answer = await self._exchange(call, text)
        if isinstance(answer, Failure):
            raise CallFailed(action, answer.code, answer.description)
        try:
            check_result(self._version, call, answer)
        except Invalid as invalid:
            raise CallFailed(action, invalid.code, invalid.description) from invalid
        return answer.payload

    async def _exchange(self, call: Call, text: str) -> Result | Failure:
        future: asyncio.Future[Result | Failure] = asyncio.get_running_loop().create_future()
        self._waiting = (call.message_id, future)
        try:
            await self._transport.send(text)
            async with asyncio.timeout(self._timeout_s):
                return await future
        except TimeoutError:
            return Failure(call.message_id, "Timeout", f"no answer in {self._timeout_s:g} s")
        finally:
            self._waiting = None

    async def close(self) -> None:
        await self._transport.close()

    async def _received(self, text: str | bytes) -> None:
        frame = decode(text)
        if isinstance(frame, Call):
            await self._answer(frame)
        elif frame and self._waiting and self._waiting[0] == frame.message_id and not self._waiting[1].done():
            self._waiting[1].set_result(frame)

    async def _answer(self, call: Call) -> None:
        try:
            answer = self._handled(call)
        except Silent:
            return
        except Refused as refused:
            await self._transport.send(encode_failure(call, refused.code, refused.description))
            return
        await self._transport.send(encode_result(self._version, call, answer.payload))
        if answer.then:
            task = asyncio.get_running_loop().create_task(_follow_up(answer.then))
            self._follow_ups.add(task)
            task.add_done_callback(self._follow_ups.discard)

    def _handled(self, call: Call) -> Answer:
        try:
            check_call(self._version, call)
            return self._handler(call.action, call.payload)
        except Invalid as invalid:
            raise Refused(_error_code(self._version, invalid.code), invalid.description) from invalid
        except ValueError as problem:
            raise Refused("PropertyConstraintViolation", str(problem)) from problem


def _error_code(version: Version, code: str) -> str:
    """1.6 spells two of them in its own way."""
    if version != "1.6":
        return code
    return code.replace("FormatViolation", "FormationViolation").replace("Occurrence", "Occurence")


async def until_link_down(*doings: Coroutine[Any, Any, None]) -> None:
    """Do several things until the connection goes. A TaskGroup would not do: in Python 3.11 it swallows a cancellation
    that comes while it is closing because of LinkDown."""
    tasks = [asyncio.ensure_future(doing) for doing in doings]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if end and not isinstance(end, LinkDown | asyncio.CancelledError):
            raise end


async def _follow_up(follow_up: FollowUp) -> None:
    try:
        await follow_up()
    except (LinkDown, CallFailed):
        return
