"""The gateway role as one ASGI application."""

from collections.abc import Awaitable, Callable
from typing import Any

from apps.ocpp.consumers import StationConsumer
from apps.ocpp.gateway import Gateway
from apps.ocpp.middleware import Handshake
from apps.ocpp.views import Plain

App = Callable[[Any, Any, Any], Awaitable[None]]


def make_application(gateway: Gateway) -> App:
    """Sockets through the handshake to the consumer, probes over HTTP, and the gateway's own life by lifespan."""
    sockets, plain = Handshake(StationConsumer.as_asgi()), Plain()

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await sockets(scope, receive, send)
        elif scope["type"] == "http":
            await plain(scope, receive, send)
        else:
            scope["state"]["gateway"] = gateway
            await _live(gateway, receive, send)

    return application


async def _live(gateway: Gateway, receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await gateway.start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await gateway.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
