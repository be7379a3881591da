"""Files of stations for people: always to be saved, never to be shown."""

from django.http import StreamingHttpResponse

from apps.stations.services import blobs


def attachment(sha256: str, *, size: int, name: str) -> StreamingHttpResponse:
    """A stored file, piece by piece."""
    answer = StreamingHttpResponse(blobs.stream(sha256, size=size), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(size)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
