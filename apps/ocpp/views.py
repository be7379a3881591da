"""Plain HTTP on the gateway's port: is it alive, is it ready."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from apps.tenants.scope import PUBLIC, in_tenant
from apps.tenants.services.readiness import problems

ANSWER_WITHIN_S = 5.0
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def probes(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """`/livez` answers while the event loop turns; `/readyz` only when a station could be served."""
    path = scope["path"].rstrip("/")
    if path == "/livez":
        await _answer(send, 200, {"status": "alive"})
    elif path == "/readyz":
        found = await _problems()
        await _answer(send, 503 if found else 200, {"status": "not ready" if found else "ready", "problems": found})
    elif path.startswith("/ocpp/"):
        # Q68: an opening request that a proxy has stripped of its Upgrade header ends here.
        await _answer(send, 426, {"status": "This address speaks WebSocket."}, (b"upgrade", b"websocket"))
    else:
        await _answer(send, 404, {"status": "not found"})


async def _problems() -> list[str]:
    try:
        return await asyncio.wait_for(in_tenant(PUBLIC, problems), ANSWER_WITHIN_S)
    except TimeoutError:
        return ["The database does not answer."]


async def _answer(send: Send, status: int, content: dict[str, Any], *headers: tuple[bytes, bytes]) -> None:
    all_headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *headers]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
