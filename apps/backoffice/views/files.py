"""Files of stations for people: always to be saved, never to be shown."""

from collections.abc import AsyncIterator

from django.http import StreamingHttpResponse

from apps.stations.services import blobs
from apps.tenants.scope import current_schema, in_tenant


def attachment(sha256: str, *, size: int, name: str) -> StreamingHttpResponse:
    """A stored file, piece by piece."""
    answer = StreamingHttpResponse(_stream(current_schema(), sha256, size), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(size)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


async def _stream(schema: str, sha256: str, size: int) -> AsyncIterator[bytes]:
    pieces = blobs.read(sha256, length=size)
    while piece := await in_tenant(schema, next, pieces, b""):
        yield piece
