"""Our own uvicorn server: hears every byte of a station, compresses for 2.x only, and says goodbye in good time."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import FrameType
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState, PayloadTooBig
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.http11 import Request

from apps.ocpp.handshake import choose_version, offered
from apps.ocpp.limits import HANDSHAKE_WITHIN_S, LARGEST_MESSAGE
from apps.ocpp.tls import subject_of
from apps.stations.messages import OcppVersion

PING_INTERVAL_S = 30.0
CLOSE_WITHIN_S = 5


class OpeningProtocol(H11Protocol):
    """uvicorn's protocol for HTTP, which waits for a request no longer than it must: it has no limit of its own."""

    handshake_within_s = HANDSHAKE_WITHIN_S
    _patience: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_request()

    def on_response_complete(self) -> None:
        """The next request has the same time, and a trickle of bytes does not buy more."""
        super().on_response_complete()
        self._patience.cancel()
        self._wait_for_request()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._patience.cancel()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.cancel()
        super().connection_lost(exc)

    def _wait_for_request(self) -> None:
        self._patience = self.loop.call_later(self.handshake_within_s, self._give_up)

    def _give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


class StationProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which also tells the application when the peer was last heard, pings included.

    Pings are sent but their absence closes nothing here: some stations never answer one (Q51). The gateway decides.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard_at = self.loop.time()
        self.answers_pings = False
        self.unanswered_pings = 0
        self.was_flooded = False
        self.handed_over = 0
        self.taker: Callable[[bytes], bool] | None = None

    def data_received(self, data: bytes) -> None:
        self.heard_at = self.loop.time()
        super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        """Nine of ten messages are taken by the connection at once, without a turn through ASGI and its tasks."""
        is_plain = len(self.frames) == 1 and self.curr_msg_data_type == "text" and self.writable.is_set()
        if is_plain and not self.close_sent and self.taker is not None and self.taker(bytes(self.frames[0])):
            self.frames = []
            return
        self.handed_over += not self.close_sent
        super().send_receive_event_to_app()

    def tell(self, text: bytes) -> None:
        """Send text from where nothing may wait; a peer that is gone is no error."""
        if self.close_sent or self.transport.is_closing():
            return
        with suppress(InvalidState):
            self.conn.send_text(text)
            self.transport.write(b"".join(self.conn.data_to_send()))

    def cut(self) -> None:
        self.transport.abort()

    def shutdown(self) -> None:
        """With TLS, a peer that has said goodbye lives on here until it hangs up; uvicorn knows of no such state."""
        if self.transport.is_closing():
            self.transport.abort()
        else:
            super().shutdown()

    async def send(self, message: Any) -> None:
        """A refusal completes the handshake too; uvicorn would report each as a fault of ours."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def handle_connect(self, event: Request) -> None:
        headers = event.headers.get_all("Sec-WebSocket-Protocol")
        self.conn.available_extensions = _extensions(choose_version(offered(headers)))
        super().handle_connect(event)
        if hasattr(self, "scope"):  # not if the upgrade itself was malformed
            self.scope["state"] |= {"line": self, "certificate": subject_of(self.transport)}

    def handle_parser_exception(self) -> None:
        self.was_flooded = isinstance(self.conn.parser_exc, PayloadTooBig)
        super().handle_parser_exception()

    def send_keepalive_ping(self) -> None:
        self.unanswered_pings += 1
        super().send_keepalive_ping()

    def handle_pong(self, event: Frame) -> None:
        self.answers_pings, self.unanswered_pings = True, 0
        super().handle_pong(event)


def _extensions(version: tuple[OcppVersion, str] | None) -> list[ServerPerMessageDeflateFactory]:
    """A CSMS has to offer compression from 2.0.1 on (P4 §3.4); 1.6 stations are better left without."""
    if version is None or version[0] is OcppVersion.V16:
        return []
    deflate = ServerPerMessageDeflateFactory(
        server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
    )
    return [deflate]


@dataclass(frozen=True)
class SecureListener:
    """A socket of ours that speaks nothing but TLS."""

    listener: socket.socket
    context: ssl.SSLContext


class GatewayServer(uvicorn.Server):
    """Stops on SIGTERM with exit code 0: no new sockets, 1012 to each open one spread over time, then the rest."""

    secure: SecureListener | None = None

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.secure is not None:
            self.servers.append(await self._listen_securely(self.secure))

    async def _listen_securely(self, secure: SecureListener) -> asyncio.base_events.Server:
        """A second way to the same application: uvicorn's configuration has room for one kind of listener only."""
        protocol: Any = self.config.http_protocol_class
        state = self.lifespan.state
        speak = partial(protocol, config=self.config, server_state=self.server_state, app_state=state)
        return await asyncio.get_running_loop().create_server(
            speak,
            sock=secure.listener,
            ssl=secure.context,
            backlog=self.config.backlog,
            ssl_handshake_timeout=HANDSHAKE_WITHIN_S,
            ssl_shutdown_timeout=CLOSE_WITHIN_S,
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's, but without raising the signal once more at the end."""
        self.should_exit = True

    async def shutdown(self, sockets: Any = None) -> None:
        for server in self.servers:
            server.close()
        await self.lifespan.state["gateway"].drain()
        await super().shutdown(sockets)


def make_server(
    app: Any,
    *,
    host: str,
    port: int,
    secure: SecureListener | None = None,
    behind_proxy: bool = False,
    opening: type[OpeningProtocol] = OpeningProtocol,
) -> GatewayServer:
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http=opening,
        ws=StationProtocol,
        ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=PING_INTERVAL_S,
        ws_ping_timeout=None,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=CLOSE_WITHIN_S,
    )
    server = GatewayServer(config)
    server.secure = secure
    return server
