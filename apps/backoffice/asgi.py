"""Files of stations, in front of the pages: no log-in but the address itself, and never a file in memory.

They are served here and not by Django's views, which see a request only once its whole body lies on the disk.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings

from apps.backoffice.services.uploads import take_upload
from apps.core.errors import UnableTo, UnableToFind
from apps.stations.models.transfers import DOWNLOAD, UPLOAD
from apps.stations.rules.ranges import Span, UnableToSatisfy, wanted_span
from apps.stations.services import blobs
from apps.stations.services.firmware import note_fetched
from apps.stations.services.transfers import OpenTransfer, find_transfer, schema_of_address
from apps.tenants.scope import PUBLIC, in_tenant

App = Callable[[Any, Any, Any], Awaitable[None]]
Headers = dict[str, str]

FOLDER = "/files/"
DIRECTIONS = {"GET": DOWNLOAD, "HEAD": DOWNLOAD, "PUT": UPLOAD, "POST": UPLOAD}
ALLOWED = ", ".join(DIRECTIONS)
FORM_OVERHEAD = 64 * 1024  # what a form adds to the file in it
HARMLESS = {
    "content-type": "application/octet-stream",
    "content-disposition": "attachment",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


def with_files(pages: App) -> App:
    """Serve file addresses ourselves, and leave everything else to the pages."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith(FOLDER):
            await _serve(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return application


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request to a file address that is good for its method."""

    schema: str
    transfer: OpenTransfer
    headers: Headers
    name: str
    receive: Any
    send: Any

    async def answer(self, status: HTTPStatus, headers: Headers | None = None) -> None:
        await _answer(self.send, status, headers)


async def _serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
    direction = DIRECTIONS.get(scope["method"])
    if direction is None:
        await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, {"allow": ALLOWED})
        return
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    token, _slash, name = scope["path"].removeprefix(FOLDER).partition("/")
    host = headers.get("host", "").rsplit(":", 1)[0].lower()
    try:
        schema = await in_tenant(PUBLIC, schema_of_address, token, host=host)
        transfer = await in_tenant(schema, find_transfer, token, direction=direction)
    except UnableToFind:
        await _answer(send, HTTPStatus.NOT_FOUND)
        return
    visit = Visit(schema=schema, transfer=transfer, headers=headers, name=name, receive=receive, send=send)
    await (_take(visit) if direction == UPLOAD else _hand_out(visit, with_body=scope["method"] == "GET"))


async def _answer(send: Any, status: HTTPStatus, headers: Headers | None = None) -> None:
    text = b"" if status is HTTPStatus.OK else f"{status.phrase}\n".encode()
    told = {"content-type": "text/plain", "x-content-type-options": "nosniff", "content-length": str(len(text))}
    await _begin(send, status, told | (headers or {}))
    await send({"type": "http.response.body", "body": text})


async def _begin(send: Any, status: HTTPStatus, headers: Headers) -> None:
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})


async def _hand_out(visit: Visit, *, with_body: bool) -> None:
    """The file, or the one range of it that is asked for, so that a station can go on where it was cut off."""
    size, tag = visit.transfer.size, f'"{visit.transfer.sha256}"'
    told = HARMLESS | {"accept-ranges": "bytes", "etag": tag}
    resumes = visit.headers.get("if-range", tag) == tag
    try:
        span = wanted_span(visit.headers.get("range", ""), size) if resumes else None
    except UnableToSatisfy:
        await visit.answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"content-range": f"bytes */{size}"})
        return
    status = HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK
    if span:
        told |= {"content-range": f"bytes {span.start}-{span.start + span.length - 1}/{size}"}
    span = span or Span(0, size)
    await _begin(visit.send, status, told | {"content-length": str(span.length)})
    if with_body:
        await _send_pieces(visit, span)
    else:
        await visit.send({"type": "http.response.body", "body": b""})


async def _send_pieces(visit: Visit, span: Span) -> None:
    """Each piece is read in a thread that knows the tenant, while the station takes the one before."""
    gone = asyncio.create_task(_disconnected(visit.receive))
    pieces, sent = blobs.read(visit.transfer.sha256, start=span.start, length=span.length), 0
    try:
        while not gone.done() and (piece := await in_tenant(visit.schema, next, pieces, b"")):
            await visit.send({"type": "http.response.body", "body": piece, "more_body": True})
            sent += len(piece)
        is_whole = sent == span.length
        if is_whole:
            await visit.send({"type": "http.response.body", "body": b""})
        note = partial(
            note_fetched, visit.transfer.id, moved=sent, whole=is_whole and span.reaches(visit.transfer.size)
        )
        await in_tenant(visit.schema, note)
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _take(visit: Visit) -> None:
    """The body goes to the disk as it comes, and is refused as soon as it is too large."""
    most = visit.transfer.size + FORM_OVERHEAD
    if "content-range" in visit.headers:  # RFC 9110 §14.4: a part must not be taken for the whole
        await visit.answer(HTTPStatus.BAD_REQUEST)
    elif _told_length(visit.headers) > most:
        await visit.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"connection": "close"})
    else:
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as body:
            status = await _spool(visit.receive, body, most) or await _keep(visit, body)
        await visit.answer(status)


def _told_length(headers: Headers) -> int:
    told = headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0


async def _spool(receive: Any, body: IO[bytes], most: int) -> HTTPStatus | None:
    """Why the body is not worth keeping; None when it is here whole. One that breaks off is forgotten."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return HTTPStatus.BAD_REQUEST
        piece, more = message.get("body", b""), message.get("more_body", False)
        size += len(piece)
        if size > most:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        await asyncio.to_thread(body.write, piece)
    return None if size else HTTPStatus.BAD_REQUEST


async def _keep(visit: Visit, body: IO[bytes]) -> HTTPStatus:
    size = body.tell()
    body.seek(0)
    content_type = visit.headers.get("content-type", "")
    try:
        await in_tenant(
            visit.schema, take_upload, visit.transfer.id, body, size=size, content_type=content_type, name=visit.name
        )
    except UnableTo:
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.OK
