"""Plain HTTP on the gateway's port: is it alive, is it ready."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_noop

from apps.ocpp.handshake import address_of, slug_and_identity
from apps.ocpp.limits import LoginLimiter
from apps.ocpp.services.links import Attempt, list_refused
from apps.tenants.scope import PUBLIC, in_tenant
from apps.tenants.services.readiness import problems

log = structlog.get_logger(__name__)

ANSWER_WITHIN_S = 5.0
NO_UPGRADE = gettext_noop("no WebSocket upgrade in the request")
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Plain:
    """`/livez` answers while the event loop turns; `/readyz` only when a station could be served."""

    limiter: LoginLimiter = field(default_factory=LoginLimiter)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        path = scope["path"].rstrip("/")
        if path == "/livez":
            await _answer(send, 200, {"status": "alive"})
        elif path == "/readyz":
            found = await _problems()
            await _answer(send, 503 if found else 200, {"status": "not ready" if found else "ready", "problems": found})
        elif path.startswith("/ocpp/"):
            await _answer(send, 426, {"status": "This address speaks WebSocket."}, (b"upgrade", b"websocket"))
            await self._list(scope)
        else:
            await _answer(send, 404, {"status": "not found"})

    async def _list(self, scope: dict[str, Any]) -> None:
        """An opening request that a proxy has stripped of its Upgrade header, or an HTTP/1.0 one, ends here (Q68)."""
        names, address = slug_and_identity(scope["raw_path"]), address_of(scope)
        if names is None or self.limiter.is_full((address, names[0]), now=time.monotonic()):
            return
        self.limiter.note_failure((address, names[0]), now=time.monotonic())
        attempt = Attempt(slug=names[0], identity=names[1], user="", password=b"", address=address, subprotocols=())
        try:
            await in_tenant(PUBLIC, list_refused, attempt, reason=NO_UPGRADE)
        except (OperationalError, InterfaceError) as problem:
            log.warning("refused connection not listed", problem=str(problem).strip())


async def _problems() -> list[str]:
    try:
        return await asyncio.wait_for(in_tenant(PUBLIC, problems), ANSWER_WITHIN_S)
    except TimeoutError:
        return ["The database does not answer."]


async def _answer(send: Send, status: int, content: dict[str, Any], *headers: tuple[bytes, bytes]) -> None:
    all_headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
