"""The websocket of one station, from accept to close."""

from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from structlog.contextvars import bind_contextvars

from apps.ocpp.connection import Connection
from apps.ocpp.gateway import Gateway
from apps.ocpp.messages import Link


class StationConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Translates between ASGI and the connection. No ORM here, so Channels' hop for closing connections is left out.

    No channel layer either: a gateway process has one channel for all its stations.
    """

    channel_layer_alias = "none"
    connection: Connection

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Whatever ends the socket, the lease is given back."""
        gateway: Gateway = scope["state"]["gateway"]
        link: Link = scope["link"]
        # The socket's own context, which its tasks inherit: whoever logs in them need not know whom they serve.
        bind_contextvars(schema=link.schema, station=link.identity)
        self.connection = gateway.register(link, socket=self, line=scope["state"]["line"])
        try:
            await super().__call__(scope, receive, send)
        finally:
            await gateway.unregister(self.connection)

    async def dispatch(self, message: dict[str, Any]) -> None:
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        await self.accept(subprotocol=self.connection.link.subprotocol or None)
        self.connection.start()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        raw = text_data if text_data is not None else bytes_data
        await self.connection.receive(raw or "")

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        if self.scope["state"]["line"].was_flooded:
            await self.connection.list_flood()
        raise StopConsumer

    async def send_text(self, text: str) -> None:
        await self.send(text_data=text)

    async def close_with(self, code: int, reason: str) -> None:
        await self.close(code=code, reason=reason)
