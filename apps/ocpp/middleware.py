"""The door: a station is let in, or refused in plain HTTP, before there is a websocket."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_noop

from apps.ocpp import metrics
from apps.ocpp.handshake import address_of, choose_version, offered, slug_and_identity, user_and_password
from apps.ocpp.limits import LoginLimiter
from apps.ocpp.messages import Link
from apps.ocpp.services.links import Attempt, Denial, let_in, list_refused
from apps.tenants.scope import PUBLIC, in_tenant

log = structlog.get_logger(__name__)

AT_ONCE = 4
TURN_WITHIN_S = 15.0

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Refusal:
    """An HTTP answer instead of a websocket. `listed` is the reason in the operator's list of refused connections."""

    status: int
    body: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    listed: str = ""


# One answer for an unknown tenant, an unknown station and a wrong password or certificate: it tells a stranger nothing.
UNAUTHORIZED = Refusal(401, "Unauthorized", ((b"www-authenticate", b'Basic realm="OCPP"'),))
NO_SUBPROTOCOL = Refusal(
    400,
    "Offer ocpp2.1, ocpp2.0.1 or ocpp1.6 as WebSocket subprotocol.",
    listed=gettext_noop("no common subprotocol"),
)
NOT_HERE = Refusal(404, "Connect to /ocpp/<tenant>/<identity>.")
TOO_MANY = Refusal(429, "Too many failed attempts.", ((b"retry-after", b"60"),))
UNAVAILABLE = Refusal(503, "Try again later.", ((b"retry-after", b"10"),))


@dataclass
class Handshake:
    """Authenticates, agrees on a version and takes the lease; then the consumer finds its link in the scope."""

    app: App
    limiter: LoginLimiter = field(default_factory=LoginLimiter)
    turns: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, AT_ONCE))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        attempt = _attempt(scope)
        found = await self._in_turn(scope, attempt)
        if isinstance(found, Link):
            scope["link"] = found
            await self.app(scope, receive, send)
        else:
            metrics.refused(found.status).inc()
            await _answer(send, found)
            await _list(attempt, found)

    async def _in_turn(self, scope: Scope, attempt: Attempt | None) -> Link | Refusal:
        """Few at a time: when a whole fleet comes back, or the database is slow, messages still find a thread."""
        try:
            await asyncio.wait_for(self.turns.acquire(), TURN_WITHIN_S)
        except TimeoutError:
            return UNAVAILABLE
        try:
            return await self._let_in(scope, attempt)
        except (OperationalError, InterfaceError) as problem:
            log.warning("station refused: database away", path=scope["path"], problem=str(problem).strip())
            return UNAVAILABLE
        finally:
            self.turns.release()

    async def _let_in(self, scope: Scope, attempt: Attempt | None) -> Link | Refusal:
        if attempt is None:
            return NOT_HERE
        source = attempt.address, f"{attempt.slug}/{attempt.identity}"
        if self.limiter.is_full(source, now=time.monotonic()):
            return TOO_MANY
        found = await in_tenant(
            PUBLIC, let_in, attempt,
            gateway=scope["state"]["gateway"].name, offered=choose_version(attempt.subprotocols),
        )  # fmt: skip
        if isinstance(found, Denial):
            self.limiter.note_failure(source, now=time.monotonic())
            return replace(UNAUTHORIZED, listed=found)
        return found if isinstance(found, Link) else NO_SUBPROTOCOL


def _attempt(scope: Scope) -> Attempt | None:
    names = slug_and_identity(scope["raw_path"])
    if names is None:
        return None
    user, password = user_and_password(scope["headers"])
    return Attempt(
        slug=names[0], identity=names[1], user=user, password=password,
        address=address_of(scope), subprotocols=offered(scope["subprotocols"]),
        certificate=scope["state"].get("certificate"),
    )  # fmt: skip


async def _answer(send: Send, refusal: Refusal) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *refusal.headers]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": f"{refusal.body}\n".encode()})


async def _list(attempt: Attempt | None, refusal: Refusal) -> None:
    """After the answer, so that it takes no longer for a station we know."""
    if attempt is None:
        log.info("connection to no station's address refused")
        return
    log.info("station refused", tenant=attempt.slug, station=attempt.identity, status=refusal.status,
             address=attempt.address, subprotocols=attempt.subprotocols)  # fmt: skip
    if refusal.listed:
        try:
            await in_tenant(PUBLIC, list_refused, attempt, reason=refusal.listed)
        except (OperationalError, InterfaceError) as problem:
            log.warning("refused connection not listed", problem=str(problem).strip())
