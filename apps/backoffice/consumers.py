"""The live socket of an open page: ids come in, fragments of the page go out."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, QueryDict, parse_cookie
from django.utils.translation import get_language_from_request

from apps.backoffice.services.live import Changes, LoggedOut, Watch, fragments
from apps.backoffice.services.viewers import viewer_of_session
from apps.events.services import live_group
from apps.tenants.models import Tenant
from apps.tenants.scope import PUBLIC, in_tenant
from apps.tenants.services.tenants import tenant_of_host

log = structlog.get_logger(__name__)

# News are gathered this long, so that a burst costs one drawing.
GATHER_S = 0.25
UNWELCOME = 4401
TRY_AGAIN = 1013


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One open page. Nothing is taken from the browser but the address and the cookies it came with."""

    schema: str = ""
    session_key: str = ""
    language: str = ""
    watch: Watch
    changes: Changes
    drawing: "asyncio.Task[None] | None"

    async def connect(self) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}
        self.watch = Watch.from_query(QueryDict(self.scope["query_string"]).dict())
        self.changes, self.drawing = Changes(), None
        request = _request(headers)
        self.session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        self.language = get_language_from_request(request)
        tenant = await self._tenant(headers)
        if tenant is None or not await self._is_known(tenant):
            await self.close()
            return
        self.schema = tenant.schema_name
        await self.channel_layer.group_add(live_group(self.schema), self.channel_name)
        await self.accept()

    async def _tenant(self, headers: dict[str, str]) -> Tenant | None:
        """The tenant of the host, unless another site's page opened the socket with this browser's cookies."""
        host = headers.get("host", "")
        if urlsplit(headers.get("origin", "")).netloc.lower() != host.lower():
            return None
        return await in_tenant(PUBLIC, tenant_of_host, host.rsplit(":", 1)[0].lower())

    async def _is_known(self, tenant: Tenant) -> bool:
        viewer = await in_tenant(tenant.schema_name, viewer_of_session, self.session_key, language=self.language)
        return viewer is not None

    async def disconnect(self, code: int) -> None:
        if self.schema:
            await self.channel_layer.group_discard(live_group(self.schema), self.channel_name)
        if self.drawing:
            self.drawing.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Pages say nothing here."""

    async def live_changed(self, event: dict[str, Any]) -> None:
        """A row changed; it is drawn in a moment, together with what else changes until then."""
        self.changes.add(event["topic"], event["id"])
        if self.drawing is None or self.drawing.done():
            self.drawing = asyncio.create_task(self._draw_soon())

    async def _draw_soon(self) -> None:
        try:
            await self._draw_until_quiet()
        except LoggedOut:
            await self.close(code=UNWELCOME)
        except Error as problem:
            # The page comes back by itself and then fetches everything anew.
            log.warning("live page lost the database", problem=str(problem).strip())
            await self.close(code=TRY_AGAIN)

    async def _draw_until_quiet(self) -> None:
        while self.changes.by_topic:
            await asyncio.sleep(GATHER_S)
            changes, self.changes = self.changes, Changes()
            pieces = await in_tenant(
                self.schema, fragments, self.watch, changes, session_key=self.session_key, language=self.language
            )
            for piece in pieces:
                await self.send(text_data=piece)


def _request(headers: dict[str, str]) -> HttpRequest:
    """The handshake as a page's request, so that the page's language is chosen alike; odd cookies are none."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get("accept-language", "")
    request.COOKIES = parse_cookie(headers.get("cookie", ""))
    return request
